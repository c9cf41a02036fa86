/** Reads the two holders' default_credit (or breast) files, host rows put in the guest's order. */
import { readFileSync } from 'node:fs';

export interface HeldData {
  readonly labels: Uint8Array;
  readonly ids: Int32Array;
  /** guest_x0 …, label party. */
  readonly guest: ReadonlyMap<string, Float64Array>;
  /** host_x0 …, feature holder. */
  readonly host: ReadonlyMap<string, Float64Array>;
}

export function readHeld(path: (file: string) => string, name: string): HeldData {
  const guest = readCsv(path(`${name}_hetero_guest.csv`));
  const host = readCsv(path(`${name}_hetero_host.csv`));
  const rowOf = new Map(Array.from(host.get('id')!, (id, row) => [id, row]));
  const order = Array.from(guest.get('id')!, (id) => rowOf.get(id)!);
  const named = (table: Map<string, Float64Array>, prefix: string, rows?: number[]): Map<string, Float64Array> =>
    new Map(
      [...table]
        .filter(([key]) => key !== 'id' && key !== 'y')
        .map(([key, values]) => [`${prefix}_${key}`, rows ? Float64Array.from(rows, (row) => values[row]) : values]),
    );
  return {
    labels: Uint8Array.from(guest.get('y')!),
    ids: Int32Array.from(guest.get('id')!),
    guest: named(guest, 'guest'),
    host: named(host, 'host', order),
  };
}

function readCsv(file: string): Map<string, Float64Array> {
  const [head, ...lines] = readFileSync(file, 'utf8').trim().split(/\r?\n/);
  const names = head.split(',');
  const columns = names.map(() => new Float64Array(lines.length));
  lines.forEach((line, row) => {
    line.split(',').forEach((cell, c) => {
      columns[c][row] = Number(cell);
    });
  });
  return new Map(names.map((name, c) => [name, columns[c]]));
}
