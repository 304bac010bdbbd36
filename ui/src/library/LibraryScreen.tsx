// The library: exercises, labs and packs.
import { Frame } from '../app/Frame';
import { useCall } from '../app/useCall';
import { ErrorPanel } from '../parts';

export function LibraryScreen() {
  const library = useCall('library', {});
  return (
    <Frame>
      <main>
        <h1>Library</h1>
        {library.error === null ? null : <ErrorPanel error={library.error} onAgain={library.again} />}
        <ul>
          {library.value?.exercises.map((card) => (
            <li key={card.id}>{card.title}</li>
          ))}
        </ul>
      </main>
    </Frame>
  );
}
