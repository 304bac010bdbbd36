//! The list of commands: name, request, response. The window's generic command and its TypeScript client both come from this list.

/// Calls `$then! { name: Request => Response, ... }` with every command, in the order of the loop: library, draw, predict, run, explain.
#[macro_export]
macro_rules! for_each_command {
    ($then:ident) => {
        $then! {
            library: Empty => Library,
            palette: Empty => Palette,
            exercise: ById => Exercise,
            study: ById => Study,
            hint: HintRequest => Hint,
            solution: SolutionRequest => Solution,
            worksheet_grade: WorksheetAnswers => WorksheetGrades,
            cards: ById => Cards,
            practice: ById => Practice,
            attempt_begin: ById => Practice,
            attempt_finish: ById => Practice,
            note_save: NoteSave => Saved,
            answers_save: WorksheetAnswers => Saved,
            dive_open: DiveOpen => Design,
            diagram: DiagramRequest => Diagram,
            solution_open: SolutionOpen => Empty,
            design_create: DesignCreate => Design,
            design_open: ById => Design,
            design_save: DesignSave => DesignSaved,
            design_rename: DesignRename => Empty,
            design_delete: ById => Empty,
            design_versions: ById => DesignVersions,
            design_version_open: VersionKey => VersionOpened,
            design_version_restore: VersionKey => Design,
            design_version_name: VersionName => DesignVersions,
            design_history_save: DesignHistorySave => Empty,
            check: CheckRequest => Check,
            layout: LayoutRequest => Layout,
            export_text: ExportRequest => ExportText,
            export_save: ExportSave => ExportSaved,
            import_read: ImportRequest => Imported,
            prediction_open: PredictionKey => Predictions,
            prediction_save: PredictionSave => Saved,
            run_start: RunStart => RunStarted,
            run_stop: ById => Empty,
            run_fault: RunFault => Empty,
            run_open: ById => RunRecord,
            run_name: RunName => Empty,
            run_note: RunNoteSave => Saved,
            run_explain: ExplanationSave => Saved,
            run_delete: ById => Empty,
            run_copy: ById => RunCopy,
            runs_compare: Pair => Comparison,
            designs_compare: Pair => DesignsComparison,
            report_export: ReportExport => ReportFile,
            setting_get: AppSetting => AppSetting,
            setting_put: AppSetting => Empty,
            sketch_keep: SketchKeep => Design,
            data_export: DataFile => DataSummary,
            data_import: DataFile => DataSummary,
            data_place: Empty => DataPlace,
            storage_notice: Empty => StorageNotice,
            storage_notice_seen: Empty => Empty,
        }
    };
}

/// The same for the commands of the shell, which need the desktop round the app (its window, its dialogs, its log) or change the app itself (its
/// data folder). The window calls them through the same door.
#[macro_export]
macro_rules! for_each_shell_command {
    ($then:ident) => {
        $then! {
            text_size: TextSize => Empty,
            path_choose: PathWish => PathChosen,
            handed_over: Empty => HandedOver,
            data_folder: Empty => DataFolder,
            data_move: DataMove => DataMoved,
            data_start_empty: Empty => Empty,
            about: Empty => About,
            error_report: ErrorSeen => ErrorReport,
        }
    };
}
