// Groups and comments on the canvas: a frame with its name and note, and words on their own. Writing is in place; both can be resized.
import { NodeResizeControl, ResizeControlVariant, type ControlPosition, type NodeProps } from '@xyflow/react';
import { memo, useEffect, useRef, type FocusEvent, type KeyboardEvent } from 'react';
import { cx } from '../../parts';
import { isLocked, useRun } from '../run/store';
import { LEAST, MAX_TEXT, parseMark, type MarkKind } from '../sketch/marks';
import { draw, useDrawing } from '../sketch/store';
import css from './MarkBoxes.module.css';
import type { CommentNode, FrameNode } from './nodes';
import { select } from './selection';
import { focusPart, stage, useStage } from './stage';

const CORNERS: readonly ControlPosition[] = ['top-left', 'top-right', 'bottom-left', 'bottom-right'];
const SIDES: readonly ControlPosition[] = ['top', 'right', 'bottom', 'left'];

/** Handles at the corners, lines along the sides; the pointer takes them when the mark is chosen. */
function Resize({ kind }: { kind: MarkKind }) {
  const least = { minWidth: LEAST[kind].width, minHeight: LEAST[kind].height };
  return (
    <>
      {SIDES.map((position) => (
        <NodeResizeControl key={position} position={position} variant={ResizeControlVariant.Line} className={css.side ?? ''} {...least} />
      ))}
      {CORNERS.map((position) => (
        <NodeResizeControl key={position} position={position} className={css.corner ?? ''} {...least} />
      ))}
    </>
  );
}

function useLocked(): boolean {
  return useRun(({ status }) => isLocked(status));
}

export const FrameBox = memo(function FrameBox({ id, selected }: NodeProps<FrameNode>) {
  const groupId = parseMark(id)?.id;
  const group = useDrawing(({ sketch }) => sketch.groups?.find((each) => each.id === groupId));
  const writing = useStage((state) => state.writing === id);
  const locked = useLocked();
  if (group === undefined) return null;
  return (
    <div className={cx(css.frame, selected && css.chosen)}>
      {writing && !locked ? (
        <WriteGroup id={id} name={group.name} note={group.note ?? ''} />
      ) : (
        <div className={css.head}>
          <b>{group.name}</b>
          {group.note === undefined ? null : <span title={group.note}>{group.note}</span>}
        </div>
      )}
      {selected && !locked ? <Resize kind="group" /> : null}
    </div>
  );
});

export const CommentBox = memo(function CommentBox({ id, selected }: NodeProps<CommentNode>) {
  const commentId = parseMark(id)?.id;
  const text = useDrawing(({ sketch }) => sketch.comments?.find((each) => each.id === commentId)?.text);
  const writing = useStage((state) => state.writing === id);
  const locked = useLocked();
  if (text === undefined) return null;
  return (
    <div className={cx(css.comment, selected && css.chosen)}>
      {writing && !locked ? (
        <WriteComment id={id} text={text} />
      ) : (
        <div className={css.text}>{text === '' ? <span className={css.blank}>Empty. Enter writes.</span> : text}</div>
      )}
      {selected && !locked ? <Resize kind="comment" /> : null}
    </div>
  );
});

function done(id: string): void {
  if (useStage.getState().writing === id) stage.write(null);
}

/** Ctrl ↵ and leaving keep what was written; Escape takes it back. */
function WriteComment({ id, text }: { id: string; text: string }) {
  const field = useRef<HTMLTextAreaElement>(null);
  useFocus(field);
  const keep = (): void => {
    const typed = field.current?.value ?? text;
    if (typed.trim() === '' && text === '') {
      draw.remove(new Set(), new Set(), new Set([id]));
      select.nothing();
    } else draw.write(id, { text: typed });
    done(id);
  };
  return (
    <textarea
      ref={field}
      className={cx(css.write, 'nodrag', 'nopan', 'nowheel')}
      aria-label="Comment"
      data-testid="comment-text"
      maxLength={MAX_TEXT}
      placeholder="What is there to say"
      defaultValue={text}
      onBlur={keep}
      onKeyDown={(event) => {
        if (!ends(event)) return;
        if (event.key === 'Escape' && field.current !== null) field.current.value = text;
        event.currentTarget.blur();
        focusPart(id);
      }}
    />
  );
}

function WriteGroup({ id, name, note }: { id: string; name: string; note: string }) {
  const form = useRef<HTMLFormElement>(null);
  const nameField = useRef<HTMLInputElement>(null);
  const noteField = useRef<HTMLInputElement>(null);
  useFocus(nameField);
  const keep = (): void => {
    draw.write(id, { name: nameField.current?.value ?? name, note: noteField.current?.value ?? note });
    done(id);
  };
  const onBlur = (event: FocusEvent): void => {
    if (event.relatedTarget instanceof Node && form.current?.contains(event.relatedTarget) === true) return;
    if (useStage.getState().writing === id) keep();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (!ends(event) && event.key !== 'Enter') return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key === 'Escape') done(id);
    else keep();
    focusPart(id);
  };
  return (
    <form ref={form} className={cx(css.head, css.headWrite, 'nodrag', 'nopan')} onSubmit={(event) => event.preventDefault()}>
      <input
        ref={nameField}
        aria-label="Name of the group"
        data-testid="group-name"
        maxLength={80}
        defaultValue={name}
        onBlur={onBlur}
        onKeyDown={onKeyDown}
      />
      <input
        ref={noteField}
        aria-label="Note of the group"
        data-testid="group-note"
        maxLength={MAX_TEXT}
        placeholder="A note"
        defaultValue={note}
        onBlur={onBlur}
        onKeyDown={onKeyDown}
      />
    </form>
  );
}

function ends(event: KeyboardEvent): boolean {
  const ended = event.key === 'Escape' || (event.key === 'Enter' && (event.ctrlKey || event.metaKey));
  if (ended) {
    event.preventDefault();
    event.stopPropagation();
  }
  return ended;
}

function useFocus(field: { current: HTMLInputElement | HTMLTextAreaElement | null }): void {
  useEffect(() => {
    // After the canvas library has shown the node: a hidden field takes no focus.
    const frame = requestAnimationFrame(() => {
      field.current?.focus();
      field.current?.select();
    });
    return () => cancelAnimationFrame(frame);
  }, [field]);
}
