// Which program this is, and whose work ships with it under which licence. The list is written by scripts/licences from what is locked; it is read
// only when the page is opened.
import { useEffect, useState } from 'react';
import { Frame } from '../app/Frame';
import { useCall } from '../app/useCall';
import { plural } from '../format';
import { asHostError, type HostError } from '../host';
import { EmptyPlace, ErrorPanel, TextField, Icon } from '../parts';
import { search, type Licences, type Work } from './licences';
import css from './Settings.module.css';

export function AboutScreen() {
  const about = useCall('about', {});
  const [licences, setLicences] = useState<Licences | null>(null);
  const [error, setError] = useState<HostError | null>(null);
  useEffect(() => {
    let late = false;
    import('./licences.json')
      .then((read) => {
        if (!late) setLicences(read.default);
      })
      .catch((thrown: unknown) => {
        if (!late) setError(asHostError(thrown));
      });
    return () => {
      late = true;
    };
  }, []);
  return (
    <Frame>
      <main className={css.page} aria-label="Version and licences">
        <div className={css.sheet}>
          <h1>Version and licences</h1>
          <section aria-labelledby="version">
            <h2 id="version">This Loadline</h2>
            {about.error === null ? null : <ErrorPanel error={about.error} onAgain={about.again} />}
            {about.value === null ? null : (
              <dl className={css.facts}>
                <dt>Version</dt>
                <dd data-testid="version">{about.value.version}</dd>
                <dt>Build</dt>
                <dd>{about.value.build}</dd>
                <dt>System</dt>
                <dd>{about.value.system}</dd>
                <dt>Window</dt>
                <dd>{about.value.webview}</dd>
              </dl>
            )}
            <p className="mid">
              Loadline is yours under the MIT licence or the Apache License 2.0, at your choice. It works offline: nothing is sent anywhere,
              and nothing is fetched.
            </p>
          </section>
          {error === null ? null : <ErrorPanel error={error} />}
          {licences === null ? null : <Works licences={licences} />}
        </div>
      </main>
    </Frame>
  );
}

function Works({ licences }: { licences: Licences }) {
  const [wanted, setWanted] = useState('');
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const works = search(licences.works, wanted);
  return (
    <section aria-labelledby="works">
      <div className={css.head}>
        <h2 id="works">{plural(licences.works.length, 'work')} of others in it</h2>
        <div className={css.search}>
          <TextField
            type="search"
            label="Search works and licences"
            hideLabel
            placeholder="Name or licence"
            value={wanted}
            onChange={setWanted}
            before={<Icon name="search" />}
          />
        </div>
      </div>
      {works.length === 0 ? <EmptyPlace>No work has that name or licence.</EmptyPlace> : null}
      <ul>
        {works.map((work) => {
          const key = `${work.from} ${work.name} ${work.version}`;
          return (
            <li key={key} className={css.works}>
              <details
                onToggle={(event) => {
                  const now = event.currentTarget.open;
                  setOpen((before) => {
                    const next = new Set(before);
                    if (now) next.add(key);
                    else next.delete(key);
                    return next;
                  });
                }}
              >
                <summary>
                  <span>{work.name}</span>
                  <span className="dim">{work.version}</span>
                  <span>{work.licence}</span>
                </summary>
                {open.has(key) ? <Texts work={work} texts={licences.texts} /> : null}
              </details>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

function Texts({ work, texts }: { work: Work; texts: Licences['texts'] }) {
  if (work.texts.length === 0) {
    return <p className="mid">{`The package carries no text of its licence. Its authors name it: ${work.licence}.`}</p>;
  }
  return work.texts.map((text) => (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, and the keyboard must be able to
    <pre key={text} tabIndex={0} aria-label={`Licence of ${work.name}`}>
      {texts[text] ?? ''}
    </pre>
  ));
}
