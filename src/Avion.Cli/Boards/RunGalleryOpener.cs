namespace Avion.Cli;

/// <summary>Evaluates a run's best checkpoint on its held-out clips, and keeps what it found of each for the board
/// and for reports.</summary>
/// <param name="devices">Where to compute.</param>
/// <param name="threads">Threads that compute; 0 for all.</param>
/// <param name="pictures">How clips become pictures.</param>
internal sealed class RunGalleryOpener(DeviceList devices, int threads, PictureForm pictures) : IClipGalleryOpener
{
    private const string Video = "video", Caption = "caption", Class = "class";

    /// <inheritdoc />
    public string? ObstacleOf(string runFolder)
    {
        try
        {
            return RecipeReader.ReadFile(Path.Combine(runFolder, CheckpointStore.RecipeFile)).Task == MaskedVideoTask.Name
                ? "This model fills in what it does not see and gives clips no captions or classes: there is nothing to rank. "
                    + "What it fills in is in the report of the run: avion report RUN"
                : null;
        }
        catch (Exception error) when (error is RecipeException or IOException or UnauthorizedAccessException)
        {
            // Opening tells what is wrong with it.
            return null;
        }
    }

    /// <inheritdoc />
    public IClipGallery Open(string runFolder, Action<double> progress, CancellationToken cancellation)
    {
        CheckpointChoice choice = CheckpointChoice.Of(runFolder);
        Recipe recipe = RecipeReader.ReadFile(Path.Combine(choice.Folder, CheckpointStore.RecipeFile));
        TrainingData data = TrainingTasks.Of(recipe).OpenData(recipe, choice.Folder, TaskPurpose.Evaluation);
        EvaluationOutputs outputs = new();
        Evaluation.Run(choice.Folder, new EvaluationOptions
        {
            Outputs = outputs,
            Devices = devices,
            Training = new TrainingOptions { Data = data, ComputeThreads = threads, Observer = new Progress(progress) },
        }, cancellation);
        OutputTable answers = outputs.Find(Caption) ?? outputs.Tables.FirstOrDefault(table => table.Meaning == OutputMeaning.Scores)
            ?? throw new RunException($"Task '{recipe.Task}' gives each clip no caption and no class: there is nothing to rank.");
        OutputTable map = outputs.Find(Video) ?? answers;
        RunClips clips = new(data, recipe.Evaluate.ViewsPerClip, answers.RowNames, pictures);
        bool isCaption = answers.Name == Caption, readsText = isCaption && map.Meaning == OutputMeaning.Features;
        return new RunGallery(clips, readsText
            ? new TextSearch(choice.Folder, devices, recipe, threads, map.Values, map.ColumnCount)
            : null)
        {
            Contents = new GalleryContents
            {
                Weights = choice.Text,
                AnswerKind = isCaption ? Caption : Class,
                Clips = answers.RowNames,
                Answers = answers.ColumnTexts ?? answers.ColumnNames
                    ?? [.. Enumerable.Range(0, answers.ColumnCount).Select(answers.ColumnName)],
                Scores = answers.Values,
                Relevancies = answers.Relevancies,
                Truth = answers.Truth,
                Embeddings = map.Values,
                EmbeddingSize = map.ColumnCount,
                FramesPerPicture = pictures.Frames,
                ReadsText = readsText,
            },
        };
    }

    private sealed class Progress(Action<double> progress) : ITrainingObserver
    {
        public void Message(string text)
        {
        }

        public void Warning(string text)
        {
        }

        public void StepCompleted(in TrainingProgress step)
        {
        }

        public void EvaluationProgress(long clips, long totalClips) => progress(totalClips > 0 ? (double)clips / totalClips : 0);

        public void Evaluated(long step, EvaluationResult result)
        {
        }
    }
}
