// The run that is under way: phase, addresses, notes, how it ended. Its metrics are in `metrics.ts`, so that they never redraw this.
import { create } from 'zustand';
import type { FaultKind, NodeAddress, PlanPreview, RunEvent, RunNote, RunPhase, RunStart } from '../../rpc/contract';
import { keep } from '../../app/leaving';
import { asHostError, call, startRun, type HostError } from '../../host';
import { metrics } from './metrics';

export type RunStatus = 'idle' | 'asked' | 'active' | 'stopping' | 'finished' | 'failed';

export interface RunState {
  status: RunStatus;
  id: string | null;
  number: number | null;
  plan: PlanPreview | null;
  phase: RunPhase;
  progress: [number, number] | null;
  addresses: NodeAddress[];
  /** Oldest first. */
  notes: RunNote[];
  error: HostError | null;
  /** Why Stop did not work. */
  stopError: HostError | null;
  /** The last fault by hand, when it was not taken, and why. */
  faultRefused: { kind: FaultKind; node: string; error: HostError } | null;
  start: (request: RunStart) => Promise<void>;
  stop: () => Promise<void>;
  /** Kills an instance, or starts a killed one again; what came of it is a note. */
  fault: (kind: FaultKind, node: string) => Promise<void>;
  /** The learner has read why a fault was not taken. */
  faultRead: () => void;
  take: (events: readonly RunEvent[]) => void;
  /** Puts an ended run away: the drawing is open again. */
  clear: () => void;
}

const IDLE = {
  status: 'idle' as RunStatus,
  id: null,
  number: null,
  plan: null,
  phase: 'starting' as RunPhase,
  progress: null,
  addresses: [],
  notes: [],
  error: null,
  stopError: null,
  faultRefused: null,
};

function noteOf({ t_s, level, text, mark }: RunNote): RunNote {
  return mark === undefined ? { t_s, level, text } : { t_s, level, text, mark };
}

/** True while there is load that a fault could meet. */
export function isUnderLoad({ status, phase }: Pick<RunState, 'status' | 'phase'>): boolean {
  return status === 'active' && (phase === 'warm_up' || phase === 'running');
}

/** True while a run holds the drawing. */
export function isLocked(status: RunStatus): boolean {
  return status === 'asked' || status === 'active' || status === 'stopping';
}

export const useRun = create<RunState>((set, get) => {
  // Events of a run that was put away are dropped: each start has its own number.
  let turn = 0;
  return {
    ...IDLE,
    async start(request) {
      if (isLocked(get().status)) return;
      turn += 1;
      const mine = turn;
      metrics.clear();
      set({ ...IDLE, status: 'asked' });
      try {
        const started = await startRun(request, (events) => {
          if (mine === turn) get().take(events);
        });
        if (mine !== turn) {
          // It was put away while it began: nobody else knows its id, so nobody else could stop it.
          await call('run_stop', { id: started.id }).catch((thrown: unknown) =>
            console.warn('A run that was left could not be stopped.', thrown),
          );
          return;
        }
        set(({ status }) => ({
          id: started.id,
          number: started.number,
          plan: started.plan,
          status: status === 'asked' ? 'active' : status,
        }));
        if (get().status === 'stopping') await get().stop();
      } catch (thrown) {
        if (mine === turn) set({ status: 'failed', error: asHostError(thrown) });
      }
    },
    async stop() {
      const { id, status } = get();
      if (status !== 'asked' && status !== 'active' && status !== 'stopping') return;
      set({ status: 'stopping', stopError: null });
      // Asked but not started yet: `start` stops it as soon as it has an id.
      if (id === null) return;
      try {
        await call('run_stop', { id });
      } catch (thrown) {
        set(({ status: now }) => (now === 'stopping' ? { status: 'active', stopError: asHostError(thrown) } : {}));
      }
    },
    async fault(kind, node) {
      const { id, status } = get();
      if (id === null || status !== 'active') return;
      const mine = turn;
      set({ faultRefused: null });
      try {
        await call('run_fault', { id, kind, node });
      } catch (thrown) {
        if (mine === turn) set({ faultRefused: { kind, node, error: asHostError(thrown) } });
      }
    },
    faultRead() {
      set({ faultRefused: null });
    },
    take(events) {
      for (const event of events) {
        switch (event.type) {
          case 'phase':
            set(({ status }) => ({ phase: event.phase, progress: event.progress, status: status === 'asked' ? 'active' : status }));
            break;
          case 'addresses':
            set({ addresses: event.nodes });
            break;
          case 'note':
            set(({ notes }) => ({ notes: [...notes, noteOf(event)] }));
            break;
          case 'tick':
            metrics.tick(event);
            break;
          case 'finished':
            set({ status: 'finished', id: event.id });
            break;
          case 'failed':
            set({ status: 'failed', error: asHostError(event.error) });
            break;
        }
      }
    },
    clear() {
      turn += 1;
      metrics.clear();
      set(IDLE);
    },
  };
});

keep({
  isQuiet: () => !['asked', 'active'].includes(useRun.getState().status),
  settle: () =>
    Promise.resolve({
      title: 'Stop the run and leave?',
      text: 'A run goes on only while its design is open. It would stop here, and its report would be of what was measured so far.',
      error: null,
      leave: 'Stop the run and leave',
    }),
  letGo: () => void useRun.getState().stop(),
  endsWithWindow: true,
});
