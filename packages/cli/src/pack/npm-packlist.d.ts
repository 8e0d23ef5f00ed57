/** The part of npm-packlist that is used: a tree node without Arborist, for a package without bundled dependencies. */
declare module "npm-packlist" {
  interface PackageTree {
    readonly path: string;
    readonly isProjectRoot: true;
    readonly package: Readonly<Record<string, unknown>>;
    readonly edgesOut: ReadonlyMap<string, never>;
  }
  export default function packlist(tree: PackageTree): Promise<string[]>;
}
