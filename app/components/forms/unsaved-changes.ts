import { type BlockerFunction, useBeforeUnload, useBlocker } from "@remix-run/react";
import { type RefObject, useCallback, useEffect } from "react";

/**
 * Asks before what is written in a form is left behind, except by sending it.
 * @param refused whether what stands in the form was sent and not kept
 */
export function useUnsavedChanges(form: RefObject<HTMLFormElement | null>, refused: boolean): void {
  const isChanged = useCallback(
    () => refused || (form.current !== null && hasChanges(form.current)),
    [form, refused],
  );
  useBeforeUnload(
    useCallback(
      (event) => {
        if (isChanged()) event.preventDefault();
      },
      [isChanged],
    ),
  );
  const blocker = useBlocker(
    useCallback<BlockerFunction>(
      ({ currentLocation, nextLocation }) =>
        currentLocation.pathname !== nextLocation.pathname && isChanged(),
      [isChanged],
    ),
  );
  useEffect(() => {
    if (blocker.state !== "blocked") return;
    if (window.confirm("Leave without saving? What you wrote here will be lost.")) blocker.proceed();
    else blocker.reset();
  }, [blocker]);
}

function hasChanges(form: HTMLFormElement): boolean {
  return [...form.elements].some((control) => {
    if (control instanceof HTMLSelectElement) {
      return [...control.options].some(({ selected, defaultSelected }) => selected !== defaultSelected);
    }
    const isText = control instanceof HTMLTextAreaElement || control instanceof HTMLInputElement;
    return isText && control.value !== control.defaultValue;
  });
}
