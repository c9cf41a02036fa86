/** The tables of the credit modeller: variables by information value, coefficients, points, quality. */
import type { Evaluation, ModelFigures, ModelQuality, Variable } from '../pipeline/index.ts';
import type { Cell, Ui } from './ui.ts';

const ARROWS: Readonly<Record<Variable['direction'], string>> = {
  ascending: '↗ rises 升',
  descending: '↘ falls 降',
  peak: '∧ peak 峰',
  valley: '∨ valley 谷',
  mixed: '· unordered',
  flat: '— flat 平',
};

/** One line a variable, strongest first (变量与分箱). */
export function showVariables(ui: Ui, variables: readonly Variable[]): void {
  const sorted = [...variables].sort((a, b) => b.informationValue - a.informationValue);
  ui.table(
    ['variable 变量', 'held by', 'bins', 'IV', 'strength', 'risk as it rises', 'missing/special'],
    sorted
      .filter(({ kept }) => kept)
      .map((variable) => [
        variable.zh ? `${variable.name} ${variable.zh}` : variable.name,
        variable.party,
        variable.bins.length,
        fixed(variable.informationValue, 4),
        variable.strength,
        ARROWS[variable.direction],
        missingOf(variable),
      ]),
  );
  const out = sorted.filter(({ kept }) => !kept);
  if (out.length > 0) {
    const names = out.map(({ name, informationValue }) => `${name} ${fixed(informationValue, 3)}`);
    ui.print(`left out, too little information (${out.length}): ${names.join(', ')}`);
  }
}

/** Bad rate and rows of the bins of their own. */
function missingOf({ bins, missing }: Variable): string {
  const extra = bins.filter((bin) => bin.extra);
  if (extra.length > 0) return extra.map(({ rows, bads }) => `${rows} rows, ${percent(bads / rows)} bad`).join('; ');
  return missing === undefined || missing === 0 ? '' : `${percent(missing)}, neutral`;
}

/** Coefficients as a risk committee reads them, and the points of a card. */
export function showFigures(ui: Ui, { on, coefficients, points, dropped = [], scale }: ModelFigures): void {
  ui.table(
    [`coefficient on ${on}`, 'held by', 'β', 'SE', 'z', 'p', 'VIF', 'sign'],
    coefficients.map(({ name, party, coefficient, standardError, z, pValue, vif }) => [
      name,
      party,
      fixed(coefficient, 4),
      fixed(standardError, 4),
      fixed(z, 2),
      probability(pValue),
      vif === undefined ? '' : fixed(vif, 2),
      coefficient >= 0 ? '+' : '−',
    ]),
  );
  for (const name of dropped) ui.print(`left out, its coefficient had the wrong sign: ${name}`);
  if (points && scale) showPoints(ui, points, scale);
}

export function showPoints(ui: Ui, points: NonNullable<ModelFigures['points']>, scale: NonNullable<ModelFigures['scale']>): void {
  ui.table(
    ['points 评分卡', 'held by', 'bin', 'rows', 'bad rate', 'WOE', 'points'],
    points.flatMap(({ name, party, bins }) =>
      bins.map(({ label, rows, bads, woe, points: given }, b): Cell[] => [
        b === 0 ? name : '',
        b === 0 ? party : '',
        label,
        rows,
        percent(bads / rows),
        fixed(woe, 3),
        given,
      ]),
    ),
  );
  const odds = Math.round(1 / scale.baseOdds);
  ui.print(
    `${scale.baseScore} points at ${odds}:1 good:bad, ${scale.pdo} points double the odds; from ${scale.lowest} to ${scale.highest}, rounded by at most ${scale.roundingBound}; a value without a bin counts ${points[0].neutralPoints}`,
  );
}

/** Quality of the models of a run, side by side; `more` adds rows that the run itself does not know. */
export function showQuality(
  ui: Ui,
  { on, joint, bankOnly }: Evaluation,
  more: readonly (readonly [name: string, quality: ModelQuality])[] = [],
): void {
  const rows: (readonly [string, ModelQuality])[] = [
    ...(bankOnly ? [['bank alone 仅银行', bankOnly] as const] : []),
    ['joint, encrypted 联合建模', joint],
    ...more,
  ];
  ui.table(
    [`model (${on})`, 'rows', 'AUC', '95 % (DeLong)', 'Gini', 'KS', 'HL p'],
    rows.map(([name, { rows: count, metrics }]) => {
      const { auc, ks, gini = 2 * auc - 1, interval, hosmerLemeshow } = metrics;
      return [
        name,
        count,
        fixed(auc, 4),
        interval ? `${fixed(interval.lower, 3)} – ${fixed(interval.upper, 3)}` : '',
        fixed(gini, 4),
        fixed(ks, 4),
        hosmerLemeshow ? probability(hosmerLemeshow.pValue) : '',
      ];
    }),
  );
}

/** JSON turns what is no number into null. */
const isNumber = (value: number | null): value is number => typeof value === 'number' && Number.isFinite(value);
const probability = (p: number | null): string => (isNumber(p) && p < 0.0001 ? '<0.0001' : fixed(p, 4));
const fixed = (value: number | null, places: number): string => (isNumber(value) ? value.toFixed(places) : '–');
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
