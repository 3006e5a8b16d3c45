// Browsers start no workers for pages that were opened from disk. There the search runs in a hidden frame instead; the
// theme expects the class to be called IFrameWorker.
if (location.protocol === "file:") {
  window.IFrameWorker = class extends EventTarget {
    constructor(url) {
      super();
      const waiting = [];
      const frame = document.createElement("iframe");
      frame.hidden = true;
      this.send = (data) => waiting.push(data);
      document.body.appendChild(frame);
      const inside = frame.contentWindow;
      inside.postMessage = (data) => this.dispatchEvent(new MessageEvent("message", { data }));
      inside.importScripts = (...urls) =>
        urls.reduce((before, each) => before.then(() => load(inside, each)), Promise.resolve());
      load(inside, String(url)).then(() => {
        this.send = (data) => inside.dispatchEvent(new inside.MessageEvent("message", { data }));
        waiting.forEach(this.send);
      });
    }

    postMessage(data) {
      this.send(data);
    }

    terminate() {}
  };
  window.Worker = window.IFrameWorker;

  function load(inside, url) {
    return new Promise((done) => {
      const script = inside.document.createElement("script");
      script.src = url;
      script.onload = done;
      inside.document.body.appendChild(script);
    });
  }
}
