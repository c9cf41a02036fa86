import { describe, expect, it } from 'vitest';
import { gbdtConfig } from '../../../src/learn/trees/index.ts';

describe('GBDT parameters', () => {
  it('have XGBoost’s defaults', () => {
    expect(gbdtConfig()).toMatchObject({
      n_estimators: 100,
      max_depth: 6,
      learning_rate: 0.3,
      reg_lambda: 1,
      reg_alpha: 0,
      gamma: 0,
      min_child_weight: 1,
      max_bin: 256,
      subsample: 1,
      colsample_bytree: 1,
      objective: 'binary:logistic',
      eval_metric: 'logloss',
      gradient_bits: 3,
      hessian_bits: 3,
      min_child_samples: 100,
    });
  });

  it('refuse an unknown key and name the nearest', () => {
    expect(() => gbdtConfig({ n_estimator: 3 } as never)).toThrow(
      expect.objectContaining({ code: 'ERR_LEARN_UNKNOWN_OPTION', help: expect.stringContaining('"n_estimators"') }),
    );
  });

  it.each([
    { n_estimators: 0 },
    { max_depth: 11 },
    { learning_rate: 0 },
    { reg_lambda: -1 },
    { gamma: Number.NaN },
    { subsample: 1.1 },
    { colsample_bytree: 0 },
    { max_bin: 1 },
    { base_score: 1 },
    { seed: -1 },
    { gradient_bits: 1 },
    { min_child_samples: 0 },
    { validation_fraction: 0.6 },
    { objective: 'multi:softmax' },
    { objective: 'reg:squarederror', eval_metric: 'auc' },
    { monotone_constraints: { a: 2 } },
    { early_stopping_rounds: 5, validation_fraction: 0 },
  ])('refuse %j', (params) => {
    expect(() => gbdtConfig(params as never)).toThrow(expect.objectContaining({ code: 'ERR_LEARN_OPTION' }));
  });

  it('hold out a fifth of the rows when early stopping is asked and nothing else said', () => {
    expect(gbdtConfig({ early_stopping_rounds: 5 }).validation_fraction).toBe(0.2);
    expect(gbdtConfig().validation_fraction).toBe(0);
  });
});
