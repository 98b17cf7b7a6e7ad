namespace Avion.Training;

/// <summary>Steps until the run is over: next batch, step, log; an evaluation after epochs, a checkpoint now and then.</summary>
/// <remarks>
/// The position of the next batch and the flat memory of parameters and optimizer states are all that a step depends on. Both are in every
/// checkpoint, so a run that goes on from one has the losses of a run that was never stopped, to the last bit.
/// </remarks>
/// <param name="folder">Where the run is kept.</param>
/// <param name="rank">What steps: rank 0 of the group.</param>
/// <param name="group">The ranks that step together.</param>
/// <param name="gate">Where the other ranks wait for what is decided here.</param>
/// <param name="feed">Where clips come from.</param>
/// <param name="arithmetic">What makes the numbers.</param>
/// <param name="trainingSet">What the training set says; null where it does not tell.</param>
/// <param name="reporter">Who is told.</param>
/// <param name="options">Observer, clock and tracing.</param>
internal sealed class TrainingLoop(
    RunFolder folder, TrainingRank rank, RankGroup group, StepGate gate, ClipFeed feed, RunArithmetic arithmetic,
    ClipSetDigest? trainingSet, RunReporter reporter, TrainingOptions options)
{
    private readonly Recipe _recipe = folder.Recipe;
    private readonly BatchPlan _plan = feed.Plan;
    private readonly Metric? _best = TrainingTasks.Of(folder.Recipe).Metrics.FirstOrDefault(
        metric => metric.Name == folder.Recipe.Evaluate.BestMetric);
    private readonly IEvaluator[] _evaluators = [.. rank.Task.CreateEvaluators(feed)];
    private readonly StepSchedule _schedule = new(folder.Recipe, feed.Plan.StepsPerEpoch);
    private readonly SkippedSteps _skipped = new(folder.Recipe, feed.Plan, feed.Data.Train!);
    private readonly LossTrend _trend = new();
    private readonly StepTracing? _tracing = options.Trace is { } trace ? new StepTracing(trace, rank.Device, reporter) : null;
    private CheckpointState _state = new()
    {
        Step = 0,
        Epoch = 0,
        StepInEpoch = 0,
        Seed = folder.Recipe.Train.Seed,
        RecipeHash = RecipeWriter.Hash(folder.Recipe),
        SampleCount = feed.Plan.SampleCount,
        BestMetric = folder.Recipe.Evaluate.BestMetric,
        Arithmetic = arithmetic,
        TrainingSet = trainingSet,
    };

    private IssuedStep _issued;
    private RunPosition _position;
    private long _step;
    private long _badBefore;
    private long _badClips;
    private long _savedStep = -1;
    private long _savedAt = options.Time.GetTimestamp();
    private EvaluationResult? _lastEvaluation;
    private bool _toldRefusal;

    /// <summary>Steps of the whole run.</summary>
    public static long TotalSteps(Recipe recipe, BatchPlan plan)
    {
        long steps = (long)recipe.Train.Epochs * plan.StepsPerEpoch;
        return recipe.Train.MaximumSteps > 0 ? Math.Min(steps, recipe.Train.MaximumSteps) : steps;
    }

    /// <summary>Goes on at a checkpoint's place in the run; every rank has loaded its weights and optimizer states.</summary>
    public void ContinueFrom(CheckpointState state)
    {
        _state = state with
        {
            Format = CheckpointState.CurrentFormat,
            BestMetric = _recipe.Evaluate.BestMetric,
            Arithmetic = arithmetic,
            TrainingSet = trainingSet ?? state.TrainingSet,
        };
        if (state.BestMetric != _recipe.Evaluate.BestMetric)
        {
            _state = _state with { BestValue = null, BestStep = null };
        }

        (_position, _step, _savedStep) = (new RunPosition(state.Epoch, state.StepInEpoch), state.Step, state.Step);
        (_badBefore, _badClips) = (state.BadClips, state.BadClips);
        _skipped.Restore(state);
        _trend.Restore(state);
        Scalar[] metrics = [.. state.Metrics.Select(metric => new Scalar(metric.Key, metric.Value))];
        _lastEvaluation = metrics.Length == 0 ? null : new EvaluationResult(metrics) { Metrics = TrainingTasks.Of(_recipe).Metrics };
    }

    /// <summary>Runs to the end, or until cancelled; then the last step is complete and saved.</summary>
    public TrainingOutcome Run(CancellationToken cancellation)
    {
        try
        {
            return RunToEnd(cancellation);
        }
        catch (Exception error) when (error is RunException or DataException or CommunicationException)
        {
            reporter.Failed(_step, _position.Epoch, error.Message);
            throw;
        }
    }

    private TrainingOutcome RunToEnd(CancellationToken cancellation)
    {
        long total = TotalSteps(_recipe, _plan);
        options.Observer.Started();
        EvaluateWhatIsDue(total, cancellation);

        using ClipLoader loader = feed.OpenTraining(_position);
        reporter.Watch(loader);
        try
        {
            StepUntil(total, loader, cancellation);
        }
        finally
        {
            _issued.Batch?.Dispose();
        }

        _tracing?.RunEnds(_step);
        bool isLastStep = _step >= total;
        bool isLastEvaluated = isLastStep && _lastEvaluation is null && Evaluate(cancellation);
        if (isLastEvaluated || _savedStep != _step)
        {
            Save(isLastEvaluated);
        }

        folder.RequireInPlace();
        folder.Checkpoints.Verify(_step);
        bool isComplete = isLastStep && (_lastEvaluation is not null || _evaluators.Length == 0);
        string? divergence = isComplete ? _trend.Divergence : null;
        string reason = divergence is not null ? "diverged" : isComplete ? "completed" : "interrupted";
        if (divergence is not null)
        {
            reporter.Warning(_step, _position.Epoch, divergence);
        }

        BottleneckVerdict? verdict = reporter.Conclude(_step, _position.Epoch);
        reporter.Ended(_step, _position.Epoch, reason);
        folder.RequireLogInPlace();
        return new TrainingOutcome(folder.Path, isComplete, _step, total, _lastEvaluation, _state.BestValue, _state.BestStep, _badClips,
            _skipped.Count)
        {
            Divergence = divergence,
            Verdict = verdict,
        };
    }

    /// <summary>Evaluates first weights, and what an interrupted run had trained to the end of an epoch and not evaluated.</summary>
    private void EvaluateWhatIsDue(long total, CancellationToken cancellation)
    {
        if (_step == 0 && _recipe.Evaluate.BeforeTraining)
        {
            Evaluate(cancellation);
        }
        else if (_step > 0 && _step < total && _position.Step == 0 && _lastEvaluation is null && IsEvaluationDue(_position.Epoch)
            && Evaluate(cancellation))
        {
            Save(isEvaluated: true);
        }
    }

    private void StepUntil(long total, ClipLoader loader, CancellationToken cancellation)
    {
        using CancellationTokenSource waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellation, group.Failed);
        int toldBadClips = 0;
        reporter.RestartWindow();
        while (_step < total && !cancellation.IsCancellationRequested)
        {
            _tracing?.StepBegins();
            bool isIssued = TryStep(loader, waiting.Token);
            if (_tracing is not null)
            {
                ReadLast();
                _tracing.StepEnds(_step);
            }

            if (!isIssued)
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

        ReadLast();
    }

    /// <summary>Gives the next step to the device and reads the one before; false where no more clips come.</summary>
    private bool TryStep(ClipLoader loader, CancellationToken cancellation)
    {
        ClipBatch? batch;
        using (reporter.MeasureData())
        using (rank.Device.Phase("wait for data"))
        {
            try
            {
                batch = loader.QueueOf(0).Next(cancellation);
            }
            catch (OperationCanceledException)
            {
                group.ThrowIfFailed();
                return false;
            }
        }

        if (batch is null)
        {
            return false;
        }

        StepSettings settings = _schedule.At(_step);
        gate.Allow(_step, loader);
        using (reporter.MeasureStep())
        {
            rank.Run(batch, _step, settings);
        }

        if (rank.Step.CaptureRefusal is { } refusal && !_toldRefusal)
        {
            reporter.Warning(_step, _position.Epoch, refusal);
            _toldRefusal = true;
        }

        _step++;
        _position = _plan.Next(_position);
        _lastEvaluation = null;
        _badClips = _badBefore + batch.BadClipsSoFar;
        IssuedStep before = _issued;
        _issued = new IssuedStep(batch, _step, settings.LearningRate, _badClips, reporter.Now);
        if (rank.Step.TryTake(out StepResult result))
        {
            Tell(before, result);
        }

        return true;
    }

    /// <summary>Waits for the last step and tells its result: before anything else is done with the model.</summary>
    private void ReadLast()
    {
        if (rank.Step.TryFlush(out StepResult result))
        {
            Tell(_issued, result);
        }
    }

    private void Tell(in IssuedStep issued, StepResult result)
    {
        using ClipBatch batch = issued.Batch;
        _trend.Add(result);
        if (result.IsFinite)
        {
            _skipped.AddFinite(result.Loss);
            reporter.Step(issued, result, _skipped.Count);
            return;
        }

        string told = _skipped.Add(issued, result);
        reporter.SkippedStep(issued.Step, batch.Position.Epoch, told);
        reporter.Step(issued, result, _skipped.Count);
        if (_skipped.ReasonToStop(told, folder.Checkpoints.NewestName) is { } reason)
        {
            throw new RunException(reason);
        }
    }

    private int TellBadClips(ClipLoader loader, int told)
    {
        if (_badClips - _badBefore == told)
        {
            return told;
        }

        // Another rank may have taken the next step's clips already, whose bad ones are told with that step.
        foreach (BadClip clip in loader.BadClips.Take((int)(_badClips - _badBefore)).Skip(told))
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
        if (_evaluators.Length == 0)
        {
            return false;
        }

        ReadLast();
        reporter.CloseWindow();
        try
        {
            _lastEvaluation = EvaluateWeights(cancellation);
        }
        catch (OperationCanceledException)
        {
            return false;
        }

        reporter.Evaluation(_step, _position.Epoch, _lastEvaluation);
        reporter.RestartWindow();
        return true;
    }

    private EvaluationResult EvaluateWeights(CancellationToken cancellation)
    {
        WeightAverage? average = _recipe.Evaluate.TakesAverage ? rank.Average : null;
        average?.Swap();
        try
        {
            return Evaluation.Run(rank.Task, _evaluators, options.Observer, cancellation);
        }
        finally
        {
            average?.Swap();
        }
    }

    private bool IsCheckpointDue()
    {
        CheckpointRecipe when = _recipe.Checkpoint;
        bool isDue = (when.EverySteps > 0 && _step % when.EverySteps == 0)
            || (when.EverySeconds > 0 && options.Time.GetElapsedTime(_savedAt).TotalSeconds >= when.EverySeconds);
        if (isDue && !_skipped.HasUpdated)
        {
            // Before the first update there is nothing to keep, and a folder without a checkpoint is free for a new start.
            ReadLast();
        }

        return isDue && _skipped.HasUpdated;
    }

    private void Save(bool isEvaluated)
    {
        ReadLast();
        folder.RequireInPlace();
        reporter.CloseWindow();
        long started = options.Time.GetTimestamp();
        bool isBest = false;
        if (isEvaluated && _best is not null)
        {
            double value = _lastEvaluation![_best.Name];
            isBest = _state.BestValue is not { } best || _best.IsBetter(value, best);
            _state = isBest ? _state with { BestValue = value, BestStep = _step } : _state;
        }

        _state = _state with
        {
            Step = _step,
            Epoch = _position.Epoch,
            StepInEpoch = _position.Step,
            BadClips = _badClips,
            SkippedSteps = _skipped.Count,
            RecentSkippedSteps = _skipped.Recent,
            FirstLosses = _trend.First,
            Metrics = isEvaluated
                ? _lastEvaluation!.Values.ToDictionary(value => value.Name, value => value.Value)
                : new Dictionary<string, double>(),
        };
        _state = folder.Checkpoints.Save(_state, isBest, WriteFiles);
        _savedStep = _step;
        _savedAt = options.Time.GetTimestamp();
        double seconds = options.Time.GetElapsedTime(started).TotalSeconds;
        reporter.Checkpoint(_state, folder.Checkpoints.FolderOf(_step), isBest, seconds);
        reporter.Message(string.Create(CultureInfo.InvariantCulture,
            $"Saved step {_step} in {seconds:0.0} s{(isBest ? ", the best so far" : "")}."));
        folder.RequireInPlace();
        folder.RequireLogInPlace();
        reporter.RestartWindow();
    }

    private void WriteFiles(string path)
    {
        rank.Save(path);
        DurableFiles.WriteText(Path.Combine(path, CheckpointStore.RecipeFile), RecipeWriter.ToYaml(_recipe));
    }
}
