/** Reference: a table of facts that others publish and change. It says where it comes from and how old it is. */
export interface Reference<T> {
  /** Title of the publication. */
  readonly source: string;
  /** Day of the state it shows, YYYY-MM-DD. */
  readonly asOf: string;
  readonly rows: T;
}
