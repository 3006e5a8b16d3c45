// Documents, one after another. What is on the workbench is a function of the document, so undo is the one before.

export class History {
  #past = []; #future = []; #topic = null;
  constructor(document) { this.document = document; }
  get canUndo() { return this.#past.length > 0; }
  get canRedo() { return this.#future.length > 0; }

  // Changes of one topic (one drag, one slider) that follow each other are one step.
  change(changes, topic = null) {
    const next = { ...this.document, ...changes };
    if (JSON.stringify(next) === JSON.stringify(this.document)) return false;
    if (topic === null || topic !== this.#topic) this.#past.push(this.document);
    if (this.#past.length > 500) this.#past.shift();
    this.#topic = topic;
    this.#future = [];
    this.document = next;
    return true;
  }
  endTopic() { this.#topic = null; }
  undo() { return this.#step(this.#past, this.#future); }
  redo() { return this.#step(this.#future, this.#past); }
  #step(from, to) {
    if (!from.length) return false;
    to.push(this.document);
    this.document = from.pop();
    this.#topic = null;
    return true;
  }
}
