namespace Avion.Training;

/// <summary>Tells the world about a run: the log, TensorBoard and the observer. A warm step allocates nothing here.</summary>
internal sealed class RunReporter : IDisposable
{
    private const int DataPhase = 0;
    private const int StepPhase = 1;
    private const int FixedScalars = 12;
    private const int ShownBadClips = 10;
    private const int ShownSkippedSteps = 10;

    private readonly ITrainingObserver _observer;
    private readonly RunLogWriter _log;
    private readonly TensorBoardWriter? _tensorBoard;
    private readonly int _logEverySteps;
    private readonly long _totalSteps;
    private readonly TimeProvider _time;
    private readonly PhaseClock _clock;
    private readonly Scalar[] _scalars = new Scalar[32];
    private MeanMeter _loss;
    private GpuSensors? _sensors;
    private readonly BottleneckWatch _bottlenecks = new();
    private LoadMeter? _load;
    private LoadPlace? _place;
    private bool _computesOnProcessor;
    private StepTimes _windowStart;
    private long _windowClips, _windowSteps;
    private long _stepsDone;
    private double _stepSeconds;
    private readonly HashSet<string> _toldBadClips = new(StringComparer.Ordinal);
    private int _shownSkippedSteps;

    public RunReporter(RunFolder folder, CheckpointState? resumedFrom, long totalSteps, MemoryPlan memory, RunArithmetic arithmetic,
        TrainingOptions options)
    {
        (_observer, _totalSteps, _time) = (options.Observer, totalSteps, options.Time);
        _logEverySteps = folder.Recipe.Output.LogEverySteps;
        _clock = new PhaseClock(["data", "step"], _time);
        _log = new RunLogWriter(folder.LogPath, _time);
        folder.WatchLog();
        try
        {
            long step = resumedFrom?.Step ?? 0;
            _tensorBoard = folder.Recipe.Output.TensorBoard ? new TensorBoardWriter(folder.Path, step + 1, _time) : null;
            _log.Write(
                folder.IsResumed ? RunLogKind.Resumed : RunLogKind.Started, step, resumedFrom?.Epoch ?? 0,
                [
                    new("schema", RunLogEntry.SchemaVersion), new("total_steps", totalSteps), new("seed", folder.Recipe.Train.Seed),
                    new("planned_bytes", memory.TotalBytes), new("recomputed_blocks", memory.RecomputedCount),
                    new("parts", memory.PartCount),
                ],
                [
                    new("name", folder.Recipe.Name), new("recipe_hash", RecipeWriter.Hash(folder.Recipe)),
                    new(RunLogLabels.Task, folder.Recipe.Task), .. arithmetic.Labels, .. options.Origin,
                    .. TrainingTasks.Of(folder.Recipe).Metrics.Where(metric => metric.IsShown)
                        .Select(metric => new Label(RunLogLabels.MetricTitlePrefix + metric.Name, metric.Title)),
                    new(RunLogLabels.SmallerIsBetter,
                        string.Join(' ', TrainingTasks.Of(folder.Recipe).Metrics.Where(metric => !metric.IsLargerBetter)
                        .Select(metric => metric.Name))),
                ]);
        }
        catch
        {
            Dispose();
            throw;
        }

        memory.WriteTo(folder.MemoryPath);
        _observer.Message($"Memory: {ByteSize.Text(memory.TotalBytes)} planned ({memory.BytesText}); {memory.BlocksText}.");
    }

    /// <summary>Tells what is worth knowing of the device, and has the sensors of a GPU read with each line of the log; other devices, and
    /// GPUs whose sensors cannot be read, have none.</summary>
    public void Watch(Device device)
    {
        if (device is CpuDevice { Caution: { } caution })
        {
            _observer.Message(caution);
        }

        _sensors = (device as CudaDevice)?.OpenSensors();
        _computesOnProcessor = device is CpuDevice;
    }

    /// <summary>Has what the loader does measured, and with it what bounds the run.</summary>
    public void Watch(ClipLoader loader)
    {
        _load = new LoadMeter(loader);
        _place = new LoadPlace(loader.ThreadCount, Environment.ProcessorCount, _computesOnProcessor);
    }

    public PhaseClock.Span MeasureData() => _clock.Measure(DataPhase);

    public PhaseClock.Span MeasureStep() => _clock.Measure(StepPhase);

    /// <summary>The run's clock, to be read when a step was given to the device.</summary>
    public StepTimes Now => new(_clock.ElapsedSeconds, _clock.PhaseSeconds(DataPhase), _clock.PhaseSeconds(StepPhase));

    /// <summary>A step's result is read; every so often its window becomes a line of the log.</summary>
    public void Step(in IssuedStep issued, StepResult result, long skippedSteps)
    {
        long step = issued.Step;
        int epoch = issued.Batch.Position.Epoch;
        _windowSteps++;
        if (result.IsFinite)
        {
            _loss.Add(result.Loss);
        }

        _windowClips += issued.Batch.Count;
        StepTimes window = issued.Times - _windowStart;
        double elapsed = window.Elapsed;
        double wait = elapsed > 0 ? Math.Min(1, window.Waiting / elapsed) : 0;
        double rate = elapsed > 0 ? _windowClips / elapsed : 0;
        double secondsPerStep = (_stepSeconds + elapsed) / (_stepsDone + _windowSteps);
        _observer.StepCompleted(new TrainingProgress(
            step, _totalSteps, epoch, _loss.Mean, issued.LearningRate, rate, wait, secondsPerStep * Math.Max(0, _totalSteps - step)));
        if (_load is { HasBegun: false })
        {
            // The first clips are always waited for: what bounds the run is told by the steps after.
            _load.Begin(Now);
        }

        if (step % _logEverySteps != 0 && step != _totalSteps)
        {
            return;
        }

        MeasuredLoad load = _load?.Take(Now) ?? default;

        _scalars[0] = new Scalar("loss", _loss.Mean);
        _scalars[1] = new Scalar("learning_rate", issued.LearningRate);
        _scalars[2] = new Scalar("gradient_norm", result.GradientNorm);
        _scalars[3] = new Scalar("clips_per_second", rate);
        _scalars[4] = new Scalar(LoadShares.WaitingName, wait);
        _scalars[5] = new Scalar("step_milliseconds", 1000 * elapsed / _windowSteps);
        _scalars[6] = new Scalar("compute_milliseconds", 1000 * window.Stepping / _windowSteps);
        _scalars[7] = new Scalar("bad_clips", issued.BadClips);
        _scalars[8] = new Scalar("skipped_steps", skippedSteps);
        _scalars[9] = new Scalar(LoadShares.DecodingName, load.Shares.Decoding);
        _scalars[10] = new Scalar(LoadShares.ReadingName, load.Shares.Reading);
        _scalars[11] = new Scalar("file_megabytes_per_second", load.FileMegabytesPerSecond);
        result.Measured.CopyTo(_scalars.AsSpan(FixedScalars));
        ReadOnlySpan<Scalar> scalars = _scalars.AsSpan(0, ReadSensors(FixedScalars + result.Measured.Length));
        Write(RunLogKind.Step, step, epoch, scalars, "train/");
        CloseWindow(issued.Times);
        if (_bottlenecks.Add(load.Seconds, load.Shares))
        {
            Tell(BottleneckVerdict.Of(_bottlenecks.Told, _bottlenecks.Recent, _place), _bottlenecks.Recent, step, epoch);
        }
    }

    /// <summary>Tells what bounded the run, all steps since it was started or resumed together.</summary>
    /// <returns>The verdict; null where too few steps were done for one.</returns>
    public BottleneckVerdict? Conclude(long step, int epoch)
    {
        BottleneckVerdict verdict = BottleneckVerdict.Of(_bottlenecks.Whole, _place);
        if (verdict.Bottleneck == Bottleneck.Unknown)
        {
            return null;
        }

        Tell(verdict, _bottlenecks.Whole, step, epoch);
        return verdict;
    }

    private void Tell(BottleneckVerdict verdict, in LoadShares shares, long step, int epoch)
    {
        Write(RunLogKind.Verdict, step, epoch,
            [new(LoadShares.WaitingName, shares.Waiting), new(LoadShares.DecodingName, shares.Decoding),
                new(LoadShares.ReadingName, shares.Reading)],
            labels: [.. verdict.Labels]);
        _observer.Message($"Bottleneck: {verdict}");
    }

    private int ReadSensors(int count)
    {
        if (_sensors?.Read() is { } reading)
        {
            Add("gpu_utilization_percent", reading.UtilizationPercent);
            Add("gpu_memory_bytes", reading.UsedMemoryBytes);
            Add("gpu_watts", reading.Watts);
            Add("gpu_clock_megahertz", reading.ClockMegahertz);
        }

        return count;

        void Add(string name, double? value)
        {
            if (value is { } known)
            {
                _scalars[count++] = new Scalar(name, known);
            }
        }
    }

    /// <summary>Begins a new window, so that the time of an evaluation or a save does not count as training.</summary>
    public void CloseWindow() => CloseWindow(Now);

    /// <summary>Leaves out the time since the last window ended, in which no step was done.</summary>
    public void RestartWindow()
    {
        BeginWindow(Now);
        if (_load is { HasBegun: true })
        {
            _load.Begin(Now);
        }
    }

    public void Evaluation(long step, int epoch, EvaluationResult result)
    {
        Scalar[] values = [.. result.Values];
        Write(RunLogKind.Evaluation, step, epoch, values, "evaluation/");
        _observer.Evaluated(step, result);
    }

    public void Checkpoint(CheckpointState state, string folder, bool isBest, double seconds)
    {
        Write(
            RunLogKind.Checkpoint, state.Step, state.Epoch,
            [new("seconds", seconds), new("bytes", state.Files.Values.Sum(file => file.Bytes)), new("best", isBest ? 1 : 0)],
            labels: [new("folder", Path.GetFileName(folder))]);
    }

    public void Warning(long step, int epoch, string text)
    {
        Write(RunLogKind.Warning, step, epoch, [], labels: [new("message", text)]);
        _observer.Warning(text);
    }

    /// <summary>A clip was skipped: each draw is in the log, the first few clips are shown, each once.</summary>
    public void BadClip(long step, int epoch, string text)
    {
        Write(RunLogKind.Warning, step, epoch, [], labels: [new("message", text)]);
        if (_toldBadClips.Count > ShownBadClips || !_toldBadClips.Add(text))
        {
            return;
        }

        if (_toldBadClips.Count <= ShownBadClips)
        {
            _observer.Warning(text);
        }
        else
        {
            _observer.Warning("More clips cannot be read; all are listed in log.jsonl.");
        }
    }

    /// <summary>A step changed nothing: all are in the log, the first few are shown.</summary>
    public void SkippedStep(long step, int epoch, string text)
    {
        Write(RunLogKind.Warning, step, epoch, [], labels: [new("message", text)]);
        _shownSkippedSteps++;
        if (_shownSkippedSteps <= ShownSkippedSteps)
        {
            _observer.Warning(text);
        }
        else if (_shownSkippedSteps == ShownSkippedSteps + 1)
        {
            _observer.Warning("More steps are not finite; all are listed in log.jsonl.");
        }
    }

    /// <summary>Tells what a new run begins with.</summary>
    public void Begins(StartSummary summary)
    {
        Write(RunLogKind.Setup, 0, 0, summary.Values, labels: summary.Labels);
        foreach (string line in summary.Lines())
        {
            _observer.Message(line);
        }
    }

    public void Message(string text) => _observer.Message(text);

    public void Ended(long step, int epoch, string reason) =>
        Write(RunLogKind.Ended, step, epoch, [], labels: [new("reason", reason)]);

    /// <summary>Writes down why a run failed, if that is possible: a full disk is a reason to fail too.</summary>
    public void Failed(long step, int epoch, string why)
    {
        try
        {
            _log.Write(RunLogKind.Ended, step, epoch, [], [new("reason", "failed"), new("message", why)]);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The exception on its way tells the user; the log had no room for it.
        }
    }

    public void Dispose()
    {
        _log.Dispose();
        _tensorBoard?.Dispose();
    }

    /// <summary>Writes a line of the log, and its numbers as events where they have a place there.</summary>
    /// <exception cref="RunException">It cannot be written.</exception>
    private void Write(
        RunLogKind kind, long step, int epoch, ReadOnlySpan<Scalar> values, string? events = null, ReadOnlySpan<Label> labels = default)
    {
        try
        {
            _log.Write(kind, step, epoch, values, labels);
            if (events is not null)
            {
                _tensorBoard?.Write(step, events, values);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new RunException($"Step {step} cannot be logged: {error.Message} Checkpoints are whole as they are; "
                + "make room or mend the folder, then resume.", error);
        }
    }

    private void CloseWindow(StepTimes end)
    {
        _stepSeconds += (end - _windowStart).Elapsed;
        _stepsDone += _windowSteps;
        BeginWindow(end);
    }

    private void BeginWindow(StepTimes start)
    {
        _loss.Reset();
        (_windowClips, _windowSteps) = (0, 0);
        _windowStart = start;
    }
}
