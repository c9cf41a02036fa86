/** A policy as a bank would write it; shared by the tests of this folder. */
export const policyYaml = `version: 2026-01
capacity:
  combine: min
  caps:
    - {kind: linear, name: tax, terms: [{column: vat_12m, times: 7}, {column: cit_12m, times: 8}]}
    - {kind: linear, name: invoice, terms: [{column: sales_invoice_12m, times: 0.15}], lessShares: [void_rate]}
    - {kind: count, name: staff, column: ss_headcount, each: 3万, missing: ignore}
  edges: [5万, 10万, 20万, 30万, 50万, 100万, 200万, 500万]
score:
  on: pd
  bands:
    - {name: A, below: 0.5%, times: 1.2, max: 300万}
    - {name: B, below: 2%, times: 0.75, max: 150万}
    - {name: C, below: 5%, amounts: [0, 3万, 5万, 8万, 10万, 20万, 30万, 30万, 30万]}
    - {name: D, veto: true}
floor: 4万
step: 1万
max: 200万
`;
