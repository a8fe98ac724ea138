import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app';
import { RouterProvider } from './routing/router';
import { SessionProvider } from './session/session';
import './styles/base.css';
import './styles/layout.css';
import './styles/parts.css';
import './styles/chart.css';

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');
createRoot(root).render(
  <StrictMode>
    <SessionProvider>
      <RouterProvider>
        <App />
      </RouterProvider>
    </SessionProvider>
  </StrictMode>,
);
