// The worker as seen from the page: the newest text is the only one that waits.

/** Ask a worker; `events` are called: ready(), shown(result), failed(words). */
export class Inspector {
  #events;
  #worker;
  #asked = 0;
  #waiting = null;
  #busy = true;

  constructor(events) {
    this.#events = events;
    this.#start();
  }

  ask(request) {
    this.#waiting = { ...request, number: ++this.#asked };
    this.#next();
  }

  /** End what takes too long, and begin again with nothing waiting. */
  restart() {
    this.#worker.terminate();
    this.#waiting = null;
    this.#start();
  }

  get busy() {
    return this.#busy;
  }

  #start() {
    // A worker from a blob has the content security policy of the page; one from an address its own.
    const script = `import ${JSON.stringify(new URL("worker.js", document.baseURI).href)};`;
    const url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
    this.#busy = true;
    this.#worker = new Worker(url, { type: "module" });
    this.#worker.onmessage = ({ data }) => this.#answered(data);
    this.#worker.onerror = (event) => this.#events.failed(event.message || "the worker did not start");
  }

  #answered({ ready, number, result, failed }) {
    this.#busy = false;
    if (ready) this.#events.ready();
    else if (failed) this.#events.failed(failed);
    else if (number === this.#asked) this.#events.shown(result);
    this.#next();
  }

  #next() {
    if (this.#busy || !this.#waiting) return;
    this.#busy = true;
    this.#worker.postMessage(this.#waiting);
    this.#waiting = null;
  }
}
