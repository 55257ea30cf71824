/** A host with a results database, to be killed: `host.ts <workspace> <stages as JSON>`; prints what happens. */
import { join } from 'node:path';
import { ArtifactStore } from '../../src/core/artifact/artifact-store';
import { recordEvents, runTest, type TestStage } from '../../src/host/execution/plan.test-helper';
import { ResultsListener } from '../../src/results/database/results.listener';
import { ResultsService } from '../../src/results/database/results.service';

async function main([workspace, stages]: string[]): Promise<void> {
  const store = new ArtifactStore(workspace!);
  const results = new ResultsService({ file: join(workspace!, 'results.sqlite') });
  const { listener } = recordEvents((line) => process.stdout.write(`${line}\n`));
  try {
    const { status } = await runTest(workspace!, JSON.parse(stages!) as Record<string, TestStage>, {
      listeners: [new ResultsListener(results, (key) => store.folder(key)), listener],
    });
    process.stdout.write(`${status}\n`);
  } finally {
    await results.close();
  }
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
