// A command's answer as React state: waiting, here, or failed, and a way to ask again. It keeps nothing between screens.
import { useCallback, useEffect, useState } from 'react';
import type { Commands } from '../rpc/contract';
import { asHostError, call, type CommandName, type HostError } from '../host';

export type Answer<T> =
  | { state: 'waiting'; value: null; error: null }
  | { state: 'here'; value: T; error: null }
  | { state: 'failed'; value: null; error: HostError };

/** Asks on mount and whenever name or request changes. An answer that comes too late is dropped. */
export function useCall<K extends CommandName>(
  name: K,
  request: Commands[K]['request'],
): Answer<Commands[K]['response']> & { again: () => void } {
  type Response = Commands[K]['response'];
  const key = JSON.stringify(request);
  const [round, setRound] = useState(0);
  const asked = `${name} ${key} ${round}`;
  const [answer, setAnswer] = useState<{ asked: string; answer: Answer<Response> } | null>(null);

  useEffect(() => {
    let late = false;
    call(name, JSON.parse(key) as Commands[K]['request'])
      .then((value) => {
        if (!late) setAnswer({ asked, answer: { state: 'here', value, error: null } });
      })
      .catch((thrown: unknown) => {
        if (!late) setAnswer({ asked, answer: { state: 'failed', value: null, error: asHostError(thrown) } });
      });
    return () => {
      late = true;
    };
  }, [name, key, asked]);

  const again = useCallback(() => setRound((n) => n + 1), []);
  const now: Answer<Response> = answer?.asked === asked ? answer.answer : { state: 'waiting', value: null, error: null };
  return { ...now, again };
}
