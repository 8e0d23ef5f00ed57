// The door of `npm start`. Plain JavaScript, so that a Node too old to run TypeScript still says what is wrong.
const [major, minor] = process.versions.node.split(".").map(Number);

if (major > 22 || (major === 22 && minor >= 18)) {
  await import("./start.ts");
} else {
  console.error(
    `This server needs Node 22.18 or newer and runs on ${process.versions.node}; "npm ci && npm start" brings its own Node.`,
  );
  process.exit(1);
}
