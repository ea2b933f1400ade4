import { type RefObject, useEffect, useRef } from "react";

/**
 * Moves the focus to what says why a form was not kept: the button that sent it may be a screen away from there.
 * @param refusal a new object for each answer; null where there is none
 * @returns for the element, which needs `tabIndex={-1}`
 */
export function useFocusOnRefusal<Place extends HTMLElement>(refusal: object | null): RefObject<Place> {
  const place = useRef<Place>(null);
  useEffect(() => {
    if (refusal !== null) place.current?.focus();
  }, [refusal]);
  return place;
}
