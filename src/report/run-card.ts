/** The scorecard of a finished run as PMML: the bank's features whole, the platform's part as one field, the points that encrypted scoring gives. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '../base/index.ts';
import { binningOf, type CardFile, readCardFile } from '../pipeline/index.ts';
import { scorecardPmml } from './pmml.ts';

/**
 * @param folder of a run with `model: scorecard`
 * @throws InputError `ERR_REPORT_RUN` when the folder has no model, `ERR_JOB_MODEL_FILE` when the model is no scorecard
 */
export async function runCardPmml(folder: string, modelName: string): Promise<string> {
  const path = join(folder, 'model.json');
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new InputError('ERR_REPORT_RUN', `${path} cannot be read`, {
      cause,
      help: 'Give the folder that "fedcredit run" named at its end.',
    });
  });
  return cardPmml(readCardFile(text, path), modelName);
}

export function cardPmml({ own, platform }: CardFile, modelName: string): string {
  const card = {
    features: own.map(({ name, points, neutralPoints }) => ({ name, points: Int32Array.from(points), neutralPoints })),
  };
  const features = own.map((feature) => ({
    name: feature.name,
    binning: binningOf(feature),
    ...(feature.levels && { levels: feature.levels }),
  }));
  const highest = platform.reduce((sum, { points, neutralPoints }) => sum + Math.max(neutralPoints, ...points), 0);
  const partner = platform.length > 0 ? { field: `${platform[0].party}_points`, highest } : undefined;
  return scorecardPmml(card, features, { modelName, ...(partner && { partner }) });
}
