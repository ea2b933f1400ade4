import { BaseSequencer, type TestSpecification } from "vitest/node";

const LONGEST = /migration-guide\.test\.ts$/;

/** Runs the guide's commands first: they take longer than any other file, and at the end the others would wait for them. */
export default class GuideFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLongest = ({ moduleId }: TestSpecification) => LONGEST.test(moduleId);
    return [...sorted.filter(isLongest), ...sorted.filter((file) => !isLongest(file))];
  }
}
