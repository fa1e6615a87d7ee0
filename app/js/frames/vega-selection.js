// What is selected in a Vega-Lite chart, as rows of its data: told by their numbers, which each row is given
// before the chart is drawn; where only sums of rows are drawn, by the fields that both have.

import { field, toDate, toNumber } from "vega";

/** The field that holds a row's number. */
export const ROW = "rivulet row";
/** The largest selection that is told, in characters of JSON. */
const MOST = 200_000;

/** A specification whose data has its rows numbered. */
export function numbered(spec, name) {
  const count = (values) => values.map((row, at) => (row === Object(row) ? { ...row, [ROW]: at } : { data: row, [ROW]: at }));
  if (Array.isArray(spec.datasets?.[name])) return { ...spec, datasets: { ...spec.datasets, [name]: count(spec.datasets[name]) } };
  if (Array.isArray(spec.data?.values)) return { ...spec, data: { ...spec.data, values: count(spec.data.values) } };
  return spec;
}

/** All selections of a specification, wherever in it they stand. */
function paramsOf(spec) {
  if (spec !== Object(spec)) return [];
  const own = (Array.isArray(spec.params) ? spec.params : []).filter((param) => param?.select && param.bind !== "scales");
  const inside = ["layer", "hconcat", "vconcat", "concat"].flatMap((name) => (Array.isArray(spec[name]) ? spec[name].flatMap(paramsOf) : []));
  return [...own, ...inside, ...paramsOf(spec.spec)];
}

const kindOf = ({ select }) => select.type ?? select;
// As Vega-Lite makes names.
const storeOf = ({ name }) => `${String(name).replace(/\W/g, "_")}_store`;

/** The data in which the chart keeps each of its selections. */
export const storesOf = (spec) => [...new Map(paramsOf(spec).map((param) => [storeOf(param), { name: param.name, store: storeOf(param), isAll: param.select.resolve === "intersect" }])).values()];

/** A specification that begins with what was selected, as far as that are ranges. */
export function withSelection(spec, selection) {
  const stores = selection?.stores;
  if (stores !== Object(stores)) return spec;
  const begin = (param) => {
    const first = stores[param?.name]?.[0];
    if (!param?.select || kindOf(param) !== "interval" || !Array.isArray(first?.fields)) return param;
    return { ...param, value: Object.fromEntries(first.fields.map(({ channel }, at) => [channel, first.values[at]])) };
  };
  const inside = (name) => (Array.isArray(spec[name]) ? { [name]: spec[name].map((one) => withSelection(one, selection)) } : {});
  return {
    ...spec,
    ...(Array.isArray(spec.params) ? { params: spec.params.map(begin) } : {}),
    ...Object.assign({}, ...["layer", "hconcat", "vconcat", "concat"].map(inside)),
    ...(spec.spec ? { spec: withSelection(spec.spec, selection) } : {}),
  };
}

/** What was selected by clicks, as the chart keeps it. */
export function tuplesOf(spec, selection) {
  const points = paramsOf(spec).filter((param) => kindOf(param) === "point" && Array.isArray(selection?.stores?.[param.name]));
  return points.map((param) => ({ store: storeOf(param), tuples: selection.stores[param.name].map((tuple) => ({ ...tuple })) }));
}

const plain = (value) => (value instanceof Date ? value.getTime() : value);

/** Whether a row has what one click or range has selected. */
function fits(tuple, getters, row) {
  if (tuple._vgsid_ !== undefined) return row._vgsid_ === tuple._vgsid_;
  return getters.every((get, at) => {
    const { type } = tuple.fields[at];
    let value = get(row);
    const wanted = tuple.values[at];
    if (type === "E") {
      const all = Array.isArray(wanted) ? wanted : [wanted];
      return all.some((one) => plain(one) === plain(value) || (typeof plain(one) === "number" && typeof value === "string" && plain(one) === plain(toDate(value))));
    }
    if (typeof value === "string") value = toDate(value);
    value = toNumber(value);
    const [low, high] = [Math.min(...wanted.map(Number)), Math.max(...wanted.map(Number))];
    const isIn = value > low || (value === low && (type === "R" || type === "R-RE"));
    return value !== null && isIn && (value < high || (value === high && (type === "R" || type === "R-LE")));
  });
}

/** The numbers, as they are or as the first and the last of some that follow each other. */
function shortened(rows) {
  const runs = [];
  for (const row of rows) {
    const last = runs.at(-1);
    if (last && last[1] === row - 1) last[1] = row;
    else runs.push([row, row]);
  }
  return runs.map(([first, last]) => (first === last ? first : [first, last]));
}

/** What is selected now: rows of the data, and how the chart itself keeps it. `null` for nothing. */
export function isSelected(view, stores) {
  const all = Object.values(view._runtime.data).map(({ values }) => values?.value).filter(Array.isArray);
  const raw = all.find((rows) => rows[0] !== undefined && ROW in rows[0]) ?? [];
  let found;
  const told = {};
  for (const { name, store, isAll } of stores) {
    let tuples;
    try {
      tuples = view.data(store);
    } catch {
      continue;
    }
    if (tuples.length === 0) continue;
    told[name] = tuples.map(({ unit, fields, values, _vgsid_ }) => ({ unit, ...(_vgsid_ === undefined ? { fields: fields.map(({ type, channel, field }) => ({ type, channel, field })), values: values.map((value) => (Array.isArray(value) ? value.map(plain) : plain(value))) } : { _vgsid_ }) }));
    const sets = tuples.map((tuple) => rowsOf(tuple, all, raw));
    const rows = isAll ? sets.reduce((one, other) => one.intersection?.(other) ?? new Set([...one].filter((row) => other.has(row)))) : new Set(sets.flatMap((rows) => [...rows]));
    found = found === undefined ? rows : new Set([...found].filter((row) => rows.has(row)));
  }
  if (found === undefined) return null;
  const value = { rows: shortened([...found].sort((one, other) => one - other)), stores: told };
  return JSON.stringify(value).length <= MOST ? value : { rows: shortened([...found].sort((one, other) => one - other)).slice(0, MOST / 20), stores: {} };
}

function rowsOf(tuple, all, raw) {
  const getters = (tuple.fields ?? []).map((one) => field(one.field));
  const has = (row) => (tuple._vgsid_ === undefined ? getters.every((get) => get(row) !== undefined) : row._vgsid_ !== undefined);
  const shown = all.filter((rows) => rows[0] === Object(rows[0]) && has(rows[0]));
  const direct = shown.find((rows) => ROW in rows[0]);
  if (direct) return new Set(direct.filter((row) => fits(tuple, getters, row)).map((row) => row[ROW]));
  // Sums of rows: those rows that agree in all that both have.
  const sums = shown.flatMap((rows) => rows.filter((row) => fits(tuple, getters, row)));
  const names = sums.length > 0 && raw.length > 0 ? Object.keys(sums[0]).filter((name) => name in raw[0] && name !== ROW) : [];
  if (names.length === 0) return new Set();
  return new Set(raw.filter((row) => sums.some((sum) => names.every((name) => plain(sum[name]) === plain(row[name])))).map((row) => row[ROW]));
}
