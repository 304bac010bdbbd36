// The app: one screen at a time, by route. It holds no data of its own.
import { TipProvider } from '../parts';
import { ExerciseScreen } from '../library/ExerciseScreen';
import { LibraryScreen } from '../library/LibraryScreen';
import { PracticeScreen } from '../practice/PracticeScreen';
import { CompareScreen } from '../compare/CompareScreen';
import { DesignsScreen } from '../compare/DesignsScreen';
import { RunsScreen } from '../compare/RunsScreen';
import { ReportScreen } from '../report/ReportScreen';
import { WorkbenchScreen } from '../workbench/WorkbenchScreen';
import { AboutScreen } from '../settings/AboutScreen';
import { SettingsScreen } from '../settings/SettingsScreen';
import { Tour } from '../tour/Tour';
import { Everywhere } from './Everywhere';
import { Fallen } from './Fallen';
import { HandedOver } from './HandedOver';
import { Leaving } from './Leaving';
import { useRoute } from './route';
import { Shortcuts } from './Shortcuts';
import { Unforeseen } from './Unforeseen';
import { StorageNotice } from './StorageNotice';

export function App() {
  return (
    <TipProvider delayDuration={400}>
      <Fallen>
        <Screen />
        <Shortcuts />
        <Everywhere />
        <HandedOver />
        <Tour />
        <StorageNotice />
      </Fallen>
      <Leaving />
      <Unforeseen />
    </TipProvider>
  );
}

function Screen() {
  const route = useRoute((state) => state.route);
  switch (route.screen) {
    case 'library':
      return <LibraryScreen />;
    case 'exercise':
      return <ExerciseScreen key={route.exercise} exercise={route.exercise} />;
    case 'workbench':
      return <WorkbenchScreen key={route.exercise} exercise={route.exercise} design={route.design} />;
    case 'practice':
      return <PracticeScreen key={route.exercise} exercise={route.exercise} part={route.part} />;
    case 'report':
      return <ReportScreen key={route.run} run={route.run} />;
    case 'settings':
      return <SettingsScreen />;
    case 'about':
      return <AboutScreen />;
    case 'runs':
      return <RunsScreen key={route.exercise} exercise={route.exercise} />;
    case 'compare':
      return <CompareScreen a={route.a} b={route.b} />;
    case 'designs':
      return <DesignsScreen exercise={route.exercise} a={route.a} b={route.b} />;
  }
}
