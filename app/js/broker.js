// The script of the frame that asks other sites. It has no origin, so that no cookies go with what it
// asks, and it asks for what the page tells it, one address at a time.

(() => {
  const page = window.parent;
  /** How long is waited for a site that has refused to say whether it is there, in milliseconds. */
  const GLANCE = 5000;

  // The policy of this file allows every site. From here on the page's list holds, also for where a site
  // leads on to: a redirect is followed before anybody sees it.
  const policy = document.createElement("meta");
  policy.httpEquiv = "Content-Security-Policy";
  policy.content = `connect-src ${decodeURIComponent(location.hash.slice(1)) || "'none'"}`;
  document.head.append(policy);

  /** What led to a site that is not in the list. The browser names the address that was asked for, not that one. */
  const strayed = new Set();
  document.addEventListener("securitypolicyviolation", ({ effectiveDirective, blockedURI }) => {
    if (effectiveDirective === "connect-src") strayed.add(blockedURI);
  });

  // Without anything of the person: no cookies, no word of where it is asked from.
  const common = { credentials: "omit", referrerPolicy: "no-referrer", redirect: "follow", cache: "default" };

  /** Whether something answers at an address, though it does not let this page read it. */
  async function isThere(url) {
    try {
      await fetch(url, { ...common, method: "HEAD", mode: "no-cors", signal: AbortSignal.timeout(GLANCE) });
      return true;
    } catch {
      return false;
    }
  }

  async function ask({ number, url, method, headers, body, most, milliseconds }) {
    const say = (message, transfer = []) => page.postMessage({ rivulet: "broker", number, ...message }, "*", transfer);
    const stop = new AbortController();
    let failure;
    const timer = setTimeout(() => ((failure = "late"), stop.abort()), milliseconds);
    try {
      const response = await fetch(url, { ...common, method, headers, body, mode: "cors", signal: stop.signal });
      const total = Number(response.headers.get("content-length")) || 0;
      const reader = response.body?.getReader();
      const pieces = [];
      let size = 0;
      for (let piece; reader && !(piece = await reader.read()).done; ) {
        size += piece.value.length;
        if (size > most) {
          failure = "large";
          stop.abort();
          throw new Error(failure);
        }
        pieces.push(piece.value);
        say({ progress: size, total });
      }
      const bytes = await new Blob(pieces).arrayBuffer();
      const { status, statusText } = response;
      say({ answer: { url: response.url, status, statusText, headers: [...response.headers].filter(([name]) => name !== "content-encoding"), bytes } }, [bytes]);
    } catch {
      const isOther = !failure && (await isThere(url));
      // An engine may name no more than the site.
      const hasStrayed = [url, new URL(url).origin].some((address) => strayed.delete(address));
      say({ failure: failure ?? (hasStrayed ? "led on" : isOther ? "other site" : "unreachable") });
    } finally {
      clearTimeout(timer);
    }
  }

  window.addEventListener("message", ({ source, data }) => {
    if (source === page) ask(data);
  });
  page.postMessage({ rivulet: "broker", hello: true }, "*");
})();
