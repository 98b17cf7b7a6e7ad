namespace Avion.Training;

/// <summary>Steps until the run is over: next batch, step, log; an evaluation after epochs, a checkpoint now and then.</summary>
/// <remarks>
/// The position of the next batch and the flat memory of parameters and optimizer states are all that a step depends on. Both are in every
/// checkpoint, so a run that goes on from one has the losses of a run that was never stopped, to the last bit.
/// </remarks>
internal sealed class TrainingLoop(
    RunFolder folder,
    CheckpointStore checkpoints,
    TrainingObjective objective,
    Optimizer optimizer,
    Device device,
    TrainStep step,
    BatchPlan plan,
    Func<RunPosition, ClipLoader> openLoader,
    IEvaluator? evaluator,
    RunReporter reporter,
    ITrainingObserver observer,
    TimeProvider time,
    StepTracing? tracing = null)
{
    private readonly Recipe _recipe = folder.Recipe;
    private readonly ILearningRateSchedule _schedule = LearningRateSchedule.Create(folder.Recipe, plan.StepsPerEpoch);
    private CheckpointState _state = new()
    {
        Step = 0,
        Epoch = 0,
        StepInEpoch = 0,
        Seed = folder.Recipe.Train.Seed,
        RecipeHash = RecipeWriter.Hash(folder.Recipe),
        SampleCount = plan.SampleCount,
        BestMetric = folder.Recipe.Evaluate.BestMetric,
    };

    private RunPosition _position;
    private long _step;
    private long _badBefore;
    private long _badClips;
    private long _savedStep = -1;
    private long _savedAt = time.GetTimestamp();
    private EvaluationResult? _lastEvaluation;

    /// <summary>Steps of the whole run.</summary>
    public static long TotalSteps(Recipe recipe, BatchPlan plan)
    {
        long steps = (long)recipe.Train.Epochs * plan.StepsPerEpoch;
        return recipe.Train.MaximumSteps > 0 ? Math.Min(steps, recipe.Train.MaximumSteps) : steps;
    }

    /// <summary>Loads a checkpoint: weights, optimizer states and place in the run.</summary>
    public void ContinueFrom(LoadedCheckpoint checkpoint)
    {
        CheckpointState state = checkpoint.State;
        objective.LoadModel(checkpoint.ModelPath);
        OptimizerFile.Load(checkpoint.OptimizerPath, optimizer, device);
        _state = state with { BestMetric = _recipe.Evaluate.BestMetric };
        if (state.BestMetric != _recipe.Evaluate.BestMetric)
        {
            _state = _state with { BestValue = null, BestStep = null };
        }

        (_position, _step, _savedStep) = (new RunPosition(state.Epoch, state.StepInEpoch), state.Step, state.Step);
        (_badBefore, _badClips) = (state.BadClips, state.BadClips);
    }

    /// <summary>Runs to the end, or until cancelled; then the last step is complete and saved.</summary>
    public TrainingOutcome Run(CancellationToken cancellation)
    {
        try
        {
            return RunToEnd(cancellation);
        }
        catch (Exception error) when (error is RunException or DataException)
        {
            reporter.Failed(_step, _position.Epoch, error.Message);
            throw;
        }
    }

    private TrainingOutcome RunToEnd(CancellationToken cancellation)
    {
        long total = TotalSteps(_recipe, plan);
        if (_step == 0 && _recipe.Evaluate.BeforeTraining)
        {
            Evaluate(cancellation);
        }

        using ClipLoader loader = openLoader(_position);
        int toldBadClips = 0;
        reporter.RestartWindow();
        while (_step < total && !cancellation.IsCancellationRequested)
        {
            tracing?.StepBegins();
            bool isDone = TryStep(loader, cancellation);
            tracing?.StepEnds(_step);
            if (!isDone)
            {
                break;
            }

            toldBadClips = TellBadClips(loader, toldBadClips);
            bool epochEnds = _position.Step == 0;
            bool isEvaluated = epochEnds && IsEvaluationDue(_position.Epoch) && Evaluate(cancellation);
            if (isEvaluated || IsCheckpointDue())
            {
                Save(isEvaluated);
            }
        }

        tracing?.RunEnds(_step);
        bool isComplete = _step >= total;
        bool isLastEvaluated = isComplete && _lastEvaluation is null && Evaluate(cancellation);
        if (isLastEvaluated || _savedStep != _step)
        {
            Save(isLastEvaluated);
        }

        string reason = isComplete ? "completed" : "interrupted";
        reporter.Ended(_step, _position.Epoch, reason);
        return new TrainingOutcome(folder.Path, isComplete, _step, total, _lastEvaluation, _state.BestValue, _state.BestStep, _badClips);
    }

    private bool TryStep(ClipLoader loader, CancellationToken cancellation)
    {
        ClipBatch? batch;
        using (reporter.MeasureData())
        using (device.Phase("wait for data"))
        {
            try
            {
                batch = loader.Next(cancellation);
            }
            catch (OperationCanceledException)
            {
                return false;
            }
        }

        if (batch is null)
        {
            return false;
        }

        int clips = batch.Count;
        double rate = _schedule.At(_step);
        using (reporter.MeasureStep())
        using (batch)
        {
            step.Run(batch, rate);
        }

        int epoch = _position.Epoch;
        _step++;
        _position = plan.Next(_position);
        _lastEvaluation = null;
        _badClips = _badBefore + loader.Statistics.BadClips;
        reporter.Step(_step, epoch, clips, step.Loss, step.GradientNorm, rate, _badClips, objective.Measurements);
        return true;
    }

    private int TellBadClips(ClipLoader loader, int told)
    {
        if (_badClips - _badBefore == told)
        {
            return told;
        }

        foreach (BadClip clip in loader.BadClips.Skip(told))
        {
            reporter.BadClip(_step, _position.Epoch, $"Skipped a clip that cannot be read: {clip.Sample}: {clip.Reason}");
        }

        return (int)(_badClips - _badBefore);
    }

    private bool IsEvaluationDue(int epochsDone) =>
        epochsDone >= _recipe.Train.Epochs || (_recipe.Evaluate.EveryEpochs > 0 && epochsDone % _recipe.Evaluate.EveryEpochs == 0);

    /// <summary>True when the model was evaluated, false when there is nothing to evaluate on or the run is being stopped.</summary>
    private bool Evaluate(CancellationToken cancellation)
    {
        if (evaluator is null)
        {
            return false;
        }

        reporter.CloseWindow();
        try
        {
            _lastEvaluation = new EvaluationResult([.. evaluator.Run(observer, cancellation)]);
        }
        catch (OperationCanceledException)
        {
            return false;
        }

        reporter.Evaluation(_step, _position.Epoch, _lastEvaluation);
        reporter.RestartWindow();
        return true;
    }

    private bool IsCheckpointDue()
    {
        CheckpointRecipe when = _recipe.Checkpoint;
        return (when.EverySteps > 0 && _step % when.EverySteps == 0)
            || (when.EverySeconds > 0 && time.GetElapsedTime(_savedAt).TotalSeconds >= when.EverySeconds);
    }

    private void Save(bool isEvaluated)
    {
        reporter.CloseWindow();
        long started = time.GetTimestamp();
        bool isBest = false;
        if (isEvaluated)
        {
            double value = _lastEvaluation![_state.BestMetric];
            isBest = _state.BestValue is not { } best || value > best;
            _state = isBest ? _state with { BestValue = value, BestStep = _step } : _state;
        }

        _state = _state with
        {
            Step = _step,
            Epoch = _position.Epoch,
            StepInEpoch = _position.Step,
            BadClips = _badClips,
            Metrics = isEvaluated
                ? _lastEvaluation!.Values.ToDictionary(value => value.Name, value => value.Value)
                : new Dictionary<string, double>(),
        };
        _state = checkpoints.Save(_state, isBest, WriteFiles);
        _savedStep = _step;
        _savedAt = time.GetTimestamp();
        double seconds = time.GetElapsedTime(started).TotalSeconds;
        reporter.Checkpoint(_state, checkpoints.FolderOf(_step), isBest, seconds);
        reporter.Message(string.Create(CultureInfo.InvariantCulture,
            $"Saved step {_step} in {seconds:0.0} s{(isBest ? ", the best so far" : "")}."));
        reporter.RestartWindow();
    }

    private void WriteFiles(string path)
    {
        objective.SaveModel(Path.Combine(path, CheckpointStore.ModelFile));
        OptimizerFile.Save(Path.Combine(path, CheckpointStore.OptimizerFile), optimizer, device);
        DurableFiles.WriteText(Path.Combine(path, CheckpointStore.RecipeFile), RecipeWriter.ToYaml(_recipe));
        if (File.Exists(folder.VocabularyPath))
        {
            DurableFiles.Copy(folder.VocabularyPath, Path.Combine(path, CheckpointStore.VocabularyFile));
        }
    }
}
