// Builds what outputs hold a little at a time: one slice in each frame for the whole page, what is near
// the reader first, so that a press, a key or a frame never waits for an output.

/** How long a slice may take, in milliseconds, and how many elements it may add. */
const SLICE = { time: 8, elements: 400 };
/** How far outside the window an element is already near. */
const MARGIN = "600px 0px";
/** A page that is hidden gets no frames; after so many milliseconds it goes on without. */
const WITHOUT_FRAME = 250;

/** What is still to be built, by its element. */
const jobs = new Map();
const now = () => performance.now();

// What one frame may still take, shared by all.
let budget = fresh();
let isPlanned = false;

function fresh(time = SLICE.time, elements = SLICE.elements) {
  return { until: undefined, time, elements };
}

const observer = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting, boundingClientRect: box } of entries) {
      const job = jobs.get(target);
      if (!job) continue;
      job.isNear = isIntersecting;
      // What is seen comes before what is near.
      job.distance = Math.max(0, box.top - innerHeight, -box.bottom);
      if (job.isQuiet) continue;
      if (isIntersecting || job.isEager) target.setAttribute("aria-busy", "true");
      else target.removeAttribute("aria-busy");
    }
    plan();
  },
  { rootMargin: MARGIN },
);

/**
 * Builds something in an element. `step(budget)` does a part of it, until `isSpent(budget)`, and returns
 * whether all is done. What is `eager` is built wherever it is; the rest once it is near.
 * `isQuiet` is for what does not count as the element's content being incomplete.
 */
export function build(element, step, { isEager = false, isQuiet = false } = {}) {
  const job = { element, step, isEager, isQuiet, isNear: false, distance: 0 };
  jobs.set(element, job);
  // The next frame has its own time, also where nothing is left to build.
  plan();
  // What is small is there in the same frame, as long as the frame has time.
  if (isEager && !isSpent(budget) && advance(job, budget)) return;
  if (isEager && !isQuiet) element.setAttribute("aria-busy", "true");
  observer.observe(element);
}

/** Nothing more is built in this element. */
export function cancel(element) {
  jobs.delete(element);
  observer.unobserve(element);
  element.removeAttribute("aria-busy");
}

export function isSpent(budget) {
  budget.until ??= now() + budget.time;
  return budget.elements <= 0 || now() >= budget.until;
}

/** Does a part of a job; whether it is done. */
function advance(job, budget) {
  let isDone = true;
  try {
    isDone = job.step(budget);
  } catch (error) {
    // An output that cannot be built does not hold up the others.
    console.error(error);
  }
  if (isDone && jobs.get(job.element) === job) cancel(job.element);
  return isDone;
}

const ready = () => [...jobs.values()].filter((job) => job.isNear || job.isEager);

function plan() {
  if (isPlanned || (jobs.size === 0 && budget.until === undefined)) return;
  isPlanned = true;
  let isCalled = false;
  const call = () => {
    if (isCalled) return;
    isCalled = true;
    clearTimeout(timer);
    // After the frame is drawn, as a task of its own: what was pressed meanwhile comes first.
    channel.port2.postMessage(null);
  };
  const timer = setTimeout(call, WITHOUT_FRAME);
  requestAnimationFrame(call);
}

const channel = new MessageChannel();
channel.port1.onmessage = () => {
  isPlanned = false;
  budget = fresh();
  const order = ready().sort((one, other) => Number(other.isNear) - Number(one.isNear) || one.distance - other.distance);
  for (const job of order) {
    if (isSpent(budget)) break;
    if (jobs.get(job.element) === job) advance(job, budget);
  }
  if (ready().length > 0) plan();
};

// Paper shows all, also what is far.
const finish = () => {
  for (let round = 0; jobs.size > 0 && round < 3; round += 1) {
    for (const job of [...jobs.values()]) {
      while (jobs.get(job.element) === job && !advance(job, fresh(Infinity, Infinity)));
    }
  }
};
addEventListener("beforeprint", finish);
matchMedia("print").addEventListener("change", ({ matches }) => matches && finish());
