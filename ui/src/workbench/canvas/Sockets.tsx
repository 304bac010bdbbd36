// Empty ports of a component: a ring where it is optional, a square where it is needed, with the names below. Choosing one begins a link from it.
import type { Component } from '../../rpc/contract';
import { useSession } from '../session';
import { cx } from '../../parts';
import { BOX } from '../sketch/edit';
import css from './NodeBox.module.css';
import { select } from './selection';
import type { Socket } from './wiring';

export function Sockets({ component, sockets, chosen }: { component: Component; sockets: readonly Socket[]; chosen: boolean }) {
  const drawnOnly = useSession(({ roles }) => roles.get(component.role)?.runs === false);
  if (sockets.length === 0) return null;
  const needed = sockets.filter((socket) => socket.needed && !drawnOnly);
  const optional = sockets.filter((socket) => !needed.includes(socket));
  // The names stand under the only socket, or under the middle of the box.
  const middle = sockets.length === 1 ? (sockets[0]?.x ?? 0) : BOX.width / 2;
  return (
    <>
      {sockets.map(({ port, needed: must, x }) => (
        <button
          key={port}
          type="button"
          className={cx(css.socket, must && !drawnOnly && css.socketNeeded, 'nodrag', 'nopan')}
          style={{ left: x }}
          data-testid={`port-${component.id}-${port}`}
          aria-label={`Port ${port} of ${component.name}: ${must ? 'needed' : 'empty'}. Link it`}
          title={`${port}: ${must ? 'needed' : 'empty'}`}
          onClick={(event) => {
            event.stopPropagation();
            select.component(component.id);
            select.beginLink(component.id, port);
          }}
        />
      ))}
      <div className={cx(css.portNames, chosen && css.portNamesLower)} style={{ left: middle }}>
        {needed.length === 0 ? null : <span className={css.portNeeded}>{needed.map(({ port }) => port).join(', ')}: needed</span>}
        {optional.length === 0 ? null : <span className={css.portEmpty}>{optional.map(({ port }) => port).join(', ')}: empty</span>}
      </div>
    </>
  );
}
