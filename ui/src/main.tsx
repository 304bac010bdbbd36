// Where the window starts: finds the host, sets the theme, draws the app. It holds no screen of its own.
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import './tokens.css';
import './base.css';
import { App } from './app/App';
import { mayClose } from './app/leaving';
import { beforeClosing, openHost } from './host';
import { loadLook } from './app/theme';

async function start(): Promise<void> {
  const root = document.getElementById('root');
  if (root === null) throw new Error('index.html has no element with id "root"');
  await openHost();
  beforeClosing(mayClose);
  await loadLook();
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}

void start();
