/* Reads QR codes with the camera. The reader itself is fetched when somebody first asks for the camera. */
window.codes = (() => {
  "use strict";
  let reader = null;
  const load = (address) => reader ||= new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = address;
    script.onload = () => done(window.jsQR);
    script.onerror = () => { reader = null; failed(new Error("reader")); };
    document.head.append(script);
  });

  const WORDS = {
    NotAllowedError: "The camera isn't allowed here. Allow it in the browser's settings for this page, then try again.",
    NotFoundError: "This device has no camera.",
    NotReadableError: "Another program uses the camera. Close it, then try again.",
    reader: "The reader for codes couldn't be loaded. Check the connection, then try again.",
  };

  /* Shows the camera in the video and calls back with each code that comes before it, the same one not twice in three
     seconds. Answers with a function that ends it; fails with a sentence for people. */
  const read = async (video, address, found) => {
    let stream;
    try {
      if (!navigator.mediaDevices) throw Object.assign(new Error(), { name: "NotFoundError" });
      const size = { ideal: 1280 };
      [stream] = await Promise.all([navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: size } }), load(address)]);
    } catch (problem) {
      throw new Error(WORDS[problem.name] || WORDS[problem.message] || "The camera couldn't be started. Reload the page and try again.");
    }
    video.srcObject = stream;
    await video.play();
    const canvas = document.createElement("canvas");
    const paper = canvas.getContext("2d", { willReadFrequently: true });
    let last = "";
    let at = 0;
    const look = () => {
      if (!video.videoWidth) return;
      const scale = Math.min(1, 640 / video.videoWidth);
      canvas.width = video.videoWidth * scale;
      canvas.height = video.videoHeight * scale;
      paper.drawImage(video, 0, 0, canvas.width, canvas.height);
      const seen = window.jsQR(paper.getImageData(0, 0, canvas.width, canvas.height).data, canvas.width, canvas.height, { inversionAttempts: "attemptBoth" });
      if (!seen || !seen.data || (seen.data === last && Date.now() - at < 3000)) return;
      last = seen.data;
      at = Date.now();
      found(seen.data);
    };
    const timer = setInterval(look, 150);
    return () => {
      clearInterval(timer);
      stream.getTracks().forEach((track) => track.stop());
      video.srcObject = null;
    };
  };
  return { read };
})();
