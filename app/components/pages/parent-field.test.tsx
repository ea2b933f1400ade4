import { renderToStaticMarkup } from "react-dom/server";
import { describe, expect, it } from "vitest";
import { ParentField } from "./parent-field.tsx";

const ID = "0b1f8a9e-6b1c-4d8f-9a55-5a3c8c1f2e10";
const NAMED = { names: ["Beds", "Roses"] };
const LISTED = { pages: [{ id: ID, title: "Beds", depth: 1 }] };

type Props = Parameters<typeof ParentField>[0];

const drawn = (values: Props["values"], parents: Props["parents"], problem: string | null = null) =>
  renderToStaticMarkup(<ParentField values={values} parents={parents} problem={problem} />);

describe("ParentField", () => {
  it("is a list where all pages can be offered", () => {
    const html = drawn({ parentId: ID, parent: null }, LISTED);
    expect(html).toContain(`<option value="${ID}" selected="">\u2003Beds</option>`);
    expect(html).toContain('name="parentId"');
    expect(html).not.toContain("<input");
  });

  it("is written with suggestions where they are too many, and sends what it began with", () => {
    const html = drawn({ parentId: ID, parent: { name: "Bed", was: "Beds" } }, NAMED, "No such page.");
    const [, listed] = /<datalist id="([^"]*)"/.exec(html) ?? [];
    expect(html).toContain(`list="${listed}"`);
    expect(html).toContain('<option value="Beds"></option><option value="Roses"></option>');
    expect(html).toContain(`<input type="hidden" name="parentId" value="${ID}"/>`);
    expect(html).toContain('<input type="hidden" name="parentWas" value="Beds"/>');
    expect(html).toMatch(/<input[^>]*name="parentName"[^>]*value="Bed"/);
    const [, problem] = /<p class="field-problem" id="([^"]*)">No such page\./.exec(html) ?? [];
    expect(html).toMatch(new RegExp(`aria-describedby="[^"]*${problem}" aria-invalid="true"`));
  });

  it("keeps what was chosen when the list has become too long, and what was written when it fits again", () => {
    expect(drawn({ parentId: ID, parent: null }, NAMED)).toContain(`value="/app/pages/${ID}"`);
    expect(drawn({ parentId: "", parent: null }, NAMED)).toMatch(/name="parentName"[^>]*value=""/);
    expect(drawn({ parentId: ID, parent: { name: "Rose", was: "" } }, LISTED)).toMatch(
      /name="parentName"[^>]*value="Rose"/,
    );
  });
});
