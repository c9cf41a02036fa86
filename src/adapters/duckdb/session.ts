/**
 * One locked DuckDB session in memory for one file: it may open that file and nothing else, installs and loads no extension,
 * spills nothing to disk, and its threads and memory are bounded before the first query. Every query is a read.
 */
import { DuckDBInstance } from '@duckdb/node-api';

export interface EngineOptions {
  /** @default 2 */
  readonly threads?: number;
  /** Cap in MiB. @default 1024 */
  readonly memoryMiB?: number;
}

export interface ReadSession {
  /** Streams a query; each chunk is handed to `visit` in the file's row order, until it returns false. */
  stream(sql: string, visit: (chunk: Chunk) => boolean | undefined): Promise<void>;
}

/** Up to 2,048 rows of a result. */
export interface Chunk {
  readonly rows: number;
  column(index: number): { getItem(row: number): unknown };
}

/** Opens a session for `path` (absolute), runs `use`, closes. */
export async function withReadSession<T>(path: string, engine: EngineOptions, use: (session: ReadSession) => Promise<T>): Promise<T> {
  const instance = await DuckDBInstance.create(':memory:', {
    threads: String(engine.threads ?? 2),
    memory_limit: `${engine.memoryMiB ?? 1024}MiB`,
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    temp_directory: '',
    preserve_insertion_order: 'true',
  });
  const connection = await instance.connect();
  try {
    await connection.run(`SET allowed_paths = [${literal(path)}, ${literal(globSafe(path))}]`);
    await connection.run('SET enable_external_access = false');
    await connection.run('SET lock_configuration = true');
    return await use({
      async stream(sql, visit) {
        const result = await connection.stream(sql);
        for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
          const data = chunk;
          if (visit({ rows: data.rowCount, column: (index) => data.getColumnVector(index) }) === false) return;
        }
      },
    });
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** A SQL string literal. */
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** A SQL identifier. */
export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** DuckDB reads file names as glob patterns: a `[`, `*` or `?` in a name is put in brackets to stand for itself. */
export const globSafe = (path: string): string => path.replace(/[[*?]/g, '[$&]');
