/** What is delivered: the shape of `AlertNotice` of credit/monitoring, which this floor may not import. Implements its ports by shape. */
export interface Notice {
  /** Idempotency key. */
  readonly key: string;
  readonly alert: string;
  readonly severity: 'blue' | 'yellow' | 'orange' | 'red';
  readonly to: string;
  readonly subject: string;
  readonly day: string;
}

export type Delivery =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'retry'; readonly why: string }
  | { readonly kind: 'refused'; readonly why: string };
