const KILOBYTE = 1024;
const MEGABYTE = 1024 * KILOBYTE;

/** More than any form of the app has to send, files left out. */
const FORM_BYTES = 8 * MEGABYTE;

/**
 * Reads a form without keeping more of it than it may have.
 * @param bytes that the whole form may have
 * @throws Response 413 where it has more, 400 where it is no form
 */
export async function limitedFormData(request: Request, bytes = FORM_BYTES): Promise<FormData> {
  const tooLarge = new Response(`This is more than ${inWords(bytes)}. Send less at once.`, {
    status: 413,
  });
  if (Number(request.headers.get("Content-Length")) > bytes || request.body === null) throw tooLarge;
  let read = 0;
  const counted = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      read += chunk.byteLength;
      if (read > bytes) controller.error(tooLarge);
      else controller.enqueue(chunk);
    },
  });
  const type = request.headers.get("Content-Type") ?? "";
  try {
    return await new Response(request.body.pipeThrough(counted), {
      headers: { "Content-Type": type },
    }).formData();
  } catch {
    if (read > bytes) throw tooLarge;
    throw new Response("What was sent is not a form. Open the page again and send it from there.", {
      status: 400,
    });
  }
}

function inWords(bytes: number): string {
  return bytes < MEGABYTE ? `${bytes / KILOBYTE} KB` : `${Math.floor(bytes / MEGABYTE)} MB`;
}
