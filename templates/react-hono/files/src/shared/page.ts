/** One page of a list; `total` counts the rows of all pages. */
export interface Page<Row> {
  items: Row[];
  page: number;
  pageSize: number;
  total: number;
}

export const maximumPageSize = 200;
export const maximumOptions = 50;
