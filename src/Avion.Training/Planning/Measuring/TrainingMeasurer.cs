using System.Diagnostics;

namespace Avion.Training;

/// <summary>Measures what a recipe's training does on this machine, within a given time. Nothing of it stays on the disk.</summary>
/// <remarks>
/// Parts of the time: a twentieth for reading that warms the code up, a tenth each for reading by one thread and for reading the same clips
/// again, 0.15 for reading by all, 0.15 for steps alone, a quarter for both together, the rest for what might help. A step or a batch that
/// was begun is ended, so a recipe whose single step takes long takes longer; then fewer clips a step are measured.
/// </remarks>
public sealed class TrainingMeasurer
{
    private const double ShareOfWarming = 0.05, ShareOfOneThread = 0.1, ShareOfFirst = 0.15, ShareOfAgain = 0.1,
        ShareOfEveryProcessor = 0.08, ShareOfAlone = 0.15, ShareOfTogether = 0.25, ShareOfVariants = 0.15;

    /// <summary>A step should take no more than this share of the time.</summary>
    private const double ShareOfStep = 1.0 / 16;

    /// <summary>What a step reaches of the rate of one large product, until it is measured.</summary>
    private const double ExpectedEfficiency = 0.4;

    private readonly Recipe _recipe;
    private readonly TrainingOptions _options;
    private readonly double _seconds;
    private readonly Action<string> _tell;
    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly MeasurementGaps _gaps = new();
    private readonly List<string> _remarks = [];
    private readonly LoadPlace _place;
    private TrainingMeasurement _found;
    private readonly DeviceChoice? _devices;
    private MemoryPlan? _plan;
    private TrainingData? _data;

    private TrainingMeasurer(Recipe recipe, TrainingOptions options, double seconds, Action<string> tell)
    {
        (_options, _seconds, _tell) = (options, seconds, tell);
        _devices = _gaps.Try("Steps", () => DeviceChoice.Of(recipe));
        _recipe = _devices?.Place(recipe) ?? recipe;
        int decodeThreads = recipe.Data.DecodeThreads > 0 ? recipe.Data.DecodeThreads : Environment.ProcessorCount;
        _place = new LoadPlace(decodeThreads, Environment.ProcessorCount, _devices?.Devices.Kind == DeviceKind.Cpu);
        _found = new TrainingMeasurement { BatchSize = recipe.Train.BatchSize, Place = _place };
    }

    private double Elapsed => Stopwatch.GetElapsedTime(_started).TotalSeconds;

    /// <summary>Measures.</summary>
    /// <param name="recipe">What to train, with what its first weights decide.</param>
    /// <param name="options">What the program supplies.</param>
    /// <param name="seconds">Time for it.</param>
    /// <param name="tell">Hears what is being measured.</param>
    /// <param name="cancellation">Ends the measurement.</param>
    public static TrainingMeasurement Of(
        Recipe recipe, TrainingOptions options, double seconds, Action<string> tell, CancellationToken cancellation)
    {
        DirectoryInfo temporary = Directory.CreateTempSubdirectory("avion-measure-");
        try
        {
            return new TrainingMeasurer(recipe, options, seconds, tell).Run(temporary.FullName, cancellation);
        }
        finally
        {
            temporary.Delete(recursive: true);
        }
    }

    private TrainingMeasurement Run(string temporary, CancellationToken cancellation)
    {
        OpenData(temporary);
        if (_data?.Train is not null)
        {
            _gaps.Try("Reading", () => MeasureReading(cancellation));
        }

        _plan = _devices is null ? null : _gaps.Try("Steps",
            () => MemoryBudget.Choose(_recipe, _options.ComputeThreads, TrainingRun.Evaluates(_recipe, _options)));
        if (_plan is not null)
        {
            _gaps.Try("Steps", () => MeasureSteps(cancellation));
        }

        _found = _found with { ProcessPeakBytes = Process.GetCurrentProcess().PeakWorkingSet64 };
        Improve(temporary, cancellation);
        return _found with { Seconds = Elapsed, NotMeasured = _gaps.Sentences, Remarks = _remarks };
    }

    private void OpenData(string folder)
    {
        MissingInput[] missing = _options.Data is null
            ? [.. MissingInput.Of(_recipe).Where(input => input.Key.StartsWith("data.", StringComparison.Ordinal))]
            : [];
        Array.ForEach(missing, input => _gaps.Add($"Reading: {input}"));
        _data = _options.Data ?? (missing.Length > 0 ? null
            : _gaps.Try("Reading", () => TrainingTasks.Of(_recipe).OpenData(_recipe, folder, TaskPurpose.Training)));
        if (_data?.Train is null)
        {
            if (_gaps.Sentences.Count == 0)
            {
                _gaps.Add("Reading: the recipe names nothing to train on. Name a folder: --set data.train.videos=FOLDER");
            }

            return;
        }

        // What a training would refuse is told, and what can be measured all the same is.
        _gaps.Try("Training", () =>
        {
            ClipFeed feed = FeedOf(_recipe);
            feed.RequireFrames();
            _found = _found with { Clips = TrainingLoop.TotalSteps(_recipe, feed.Plan) * _recipe.Train.BatchSize };
        });
    }

    private ClipFeed FeedOf(Recipe recipe)
    {
        using PlanningDevice planning = new();
        using TrainingTask task = TrainingTasks.Of(_recipe).Create(TaskSetup.ForMeasuring(_recipe, planning) with { Data = _data });
        return new ClipFeed(recipe, _data!, task.Clips) { Augmentations = task.Augmentations };
    }

    private void MeasureReading(CancellationToken cancellation)
    {
        ClipFeed one = FeedOf(MeasuredRecipe.ForReading(_recipe, 1)),
            all = FeedOf(MeasuredRecipe.ForReading(_recipe, _place.DecodeThreads));

        // The code that makes clips is compiled anew while it runs at first: what is read meanwhile tells nothing.
        _ = Read(one, Somewhere(one.Plan), ShareOfWarming, "reading", long.MaxValue);
        RunPosition start = Somewhere(all.Plan);
        (MeasuredReading Reading, long Batches)? first = Read(all, start, ShareOfFirst, "reading", long.MaxValue);
        if (first is not { } done)
        {
            _gaps.Add($"Reading: not one clip was read in {ShareOfFirst * _seconds:0.#} s. Give more time: --seconds {4 * _seconds:0}");
            return;
        }

        _found = _found with { FirstTime = done.Reading };
        _found = _found with
        {
            Again = done.Batches > 0 ? Read(all, start, ShareOfAgain, "reading the same clips again", done.Batches)?.Reading : null,
            OneThread = _place.DecodeThreads == 1 ? done.Reading
                : Read(one, Somewhere(one.Plan), ShareOfOneThread, "reading by one thread", long.MaxValue)?.Reading,
        };
        if (_place.DecodeThreads < _place.Processors)
        {
            ClipFeed every = FeedOf(MeasuredRecipe.ForReading(_recipe, _place.Processors));
            _found = _found with
            {
                EveryProcessor = Read(every, Somewhere(every.Plan), ShareOfEveryProcessor, $"reading by {_place.Processors} threads",
                    long.MaxValue)?.Reading,
            };
        }

        if (done.Reading.StorageShare is null)
        {
            _remarks.Add("This system does not tell what of the files its memory had: reading may be slower where it has less of them.");
        }
        else if (done.Reading.StorageShare < 0.5)
        {
            _remarks.Add("The system's memory had most of the files already: where a data set is larger than memory, the disk decides how "
                + "fast they are read.");
        }

        (MeasuredReading Reading, long Batches)? Read(ClipFeed feed, RunPosition from, double share, string what, long batches)
        {
            cancellation.ThrowIfCancellationRequested();
            _tell($"Measuring {what} …");
            return MeasuredReading.Measure(feed, from, share * _seconds, batches, cancellation);
        }
    }

    /// <summary>Each measurement begins elsewhere, so that it finds clips that the one before did not read,
    /// where there are enough.</summary>
    private static RunPosition Somewhere(BatchPlan plan) => new(0, Random.Shared.Next(plan.StepsPerEpoch));

    private void MeasureSteps(CancellationToken cancellation)
    {
        int all = _recipe.Train.DeviceList.ShareOf(_recipe);

        // The clips of a step are to be read in the time for one, too.
        double slowest = Math.Max(ExpectedStepSeconds(),
            double.IsNaN(_found.ReadingClipsPerSecond) ? 0 : _recipe.Train.BatchSize / _found.ReadingClipsPerSecond);
        int share = MeasuredRecipe.ShareOf(_recipe, _plan!, all * Math.Min(1, ShareOfStep * _seconds / slowest));
        Recipe recipe = MeasuredRecipe.WithShare(_recipe, _plan!, share);
        MemoryPlan plan = MemoryBudget.Choose(recipe, _options.ComputeThreads, evaluates: false);
        _found = _found with
        {
            Memory = plan,
            OperationRatio = (double)_plan!.StepFlops / _plan.BatchSize / ((double)plan.StepFlops / plan.BatchSize),
        };
        if (share < all)
        {
            _remarks.Add(string.Create(CultureInfo.InvariantCulture, $"Steps were measured with {plan.BatchSize} of {_plan.BatchSize} "
                + $"clips, because more would take longer than there is time, and counted up by their operations. "
                + $"For whole steps give more time: --seconds {_seconds * all / share:0}"));
        }

        _tell("Measuring steps …");
        if (_data?.Train is null)
        {
            double rate = StepTrials.ClipsPerSecond(MeasuredRecipe.OnOneRank(recipe, _devices!, share), 0, _options.ComputeThreads,
                ShareOfAlone * _seconds, cancellation);
            int ranks = _devices!.Devices.Kind == DeviceKind.Cuda ? _devices.Devices.Count : 1;
            _found = _found with
            {
                Steps = new MeasuredSteps
                {
                    BatchSize = share * ranks, PartCount = plan.PartCount, Alone = [share / rate], PlannedStepBytes = plan.StepBytesOfRank,
                    UsedStepBytes = 0, AreMadeUp = true,
                },
            };
            return;
        }

        StepMeasurement steps = new(MeasuredRecipe.Endless(recipe), _data, _devices!, plan, _options.ComputeThreads);
        _found = _found with
        {
            Steps = steps.Run(Somewhere(FeedOf(recipe).Plan), ShareOfAlone * _seconds, ShareOfTogether * _seconds, cancellation),
        };
        if (_found.Steps.IsUnsure)
        {
            _remarks.Add(string.Create(CultureInfo.InvariantCulture,
                $"Steps ran {_found.Steps.TogetherClipsPerSecond / _found.Steps.AloneClipsPerSecond:0.0} times as fast with reading "
                + $"beside them as alone, which cannot be: other programs took the machine while steps alone were measured. "
                + $"That rate, and what would help as it follows from it, are unsure; measure when the machine is quiet."));
        }

        if (_found.Steps is { Together.Count: 0 })
        {
            _gaps.Add($"Both together: fewer than two steps were done in {ShareOfTogether * _seconds:0.#} s. "
                + $"Give more time: --seconds {4 * _seconds:0}");
        }
    }

    /// <summary>From operations and the rate of one large product; a GPU's steps are short enough.</summary>
    private double ExpectedStepSeconds()
    {
        const int size = 1024;
        if (_devices!.Devices.Kind != DeviceKind.Cpu)
        {
            return 0;
        }

        using Device device = _devices.Open(rank: 0, _options.ComputeThreads);
        using MatrixPeak peak = new(device, size);
        _ = peak.Measure();
        return _plan!.StepFlops / (ExpectedEfficiency * 1e9 * Math.Max(peak.Measure(), peak.Measure()));
    }

    private void Improve(string folder, CancellationToken cancellation)
    {
        List<Improvement> tried = [];
        if (_found.Steps is null)
        {
            return;
        }

        double reading = _found.ReadingClipsPerSecond, step = _found.StepClipsPerSecond;
        RateModel model = new(double.IsNaN(reading) ? double.PositiveInfinity : reading, step, _found.TogetherClipsPerSecond,
            _place.ComputesOnProcessor);
        if (_found is { EveryProcessor: { } every, FirstTime: { } few })
        {
            tried.Add(new Improvement($"data.decode_threads={every.Threads}", model.Factor(every.ClipsPerSecond, step),
                $"{every.Threads} threads read {Rate(every.ClipsPerSecond)}, {few.Threads} read {Rate(few.ClipsPerSecond)}"));
        }

        if (_found is { Again: { } again, FirstTime: { StorageShare: > 0.2 } first })
        {
            tried.Add(new Improvement("videos on a disk as fast as memory", model.Factor(again.ClipsPerSecond, step),
                $"read again, from memory, {Rate(again.ClipsPerSecond)}; the first time {Rate(first.ClipsPerSecond)}"));
        }

        _gaps.Try("What else might help", () => TryVariants(model, tried, cancellation));
        _gaps.Try("What preparing the videos would give", () => TryPreparing(model, tried, folder, cancellation));
        _found = _found with
        {
            Improvements = [.. tried.Where(each => each.Helps).OrderByDescending(each => each.Factor)],
            Useless = [.. tried.Where(each => !each.Helps)],
        };
    }

    private void TryVariants(RateModel model, List<Improvement> tried, CancellationToken cancellation)
    {
        StepTrials trials = new(_recipe, _plan!, _devices!, _options, _gaps)
        {
            CaptionTokens = (int)Math.Round(_found.Steps!.CaptionTokens),
            EpochClips = (long?)_data?.Train?.Count * _recipe.Data.Repeats ?? long.MaxValue,
        };
        _tell("Measuring what would help …");
        IReadOnlyList<StepTrial> found = trials.Run(Math.Max(_seconds - Elapsed, ShareOfVariants * _seconds),
            _found.Steps.AloneClipsPerSecond / _devices!.Devices.Count, _seconds, cancellation);
        tried.AddRange(found.Select(trial => new Improvement(trial.Change, model.Factor(model.Reading, model.Step * trial.Ratio),
            trial.Because)
        {
            Noise = model.Factor(model.Reading, model.Step * trials.Difference),
        }));
    }

    /// <summary>Prepares the beginning of one of the videos and reads clips of it, where faster reading would be of any use.</summary>
    private void TryPreparing(RateModel model, List<Improvement> tried, string folder, CancellationToken cancellation)
    {
        if (_data?.Train is not { } clips || !new Improvement("", model.Factor(double.MaxValue, model.Step), "").Helps)
        {
            return;
        }

        ClipForm form = FeedOf(_recipe).Form;
        ClipRequest request = new(form.FrameCount, form.Height, form.Width, clips.LabelCount);
        using IClipSource videos = _data.OpenSource();
        clips.Draw(new SampleKey(_recipe.Train.Seed, 0, Random.Shared.Next(clips.Count)), videos, request);
        if (request.Segments is not [{ Video: { IsWholeFile: true } video, Count: > 0 } segment, ..] || !File.Exists(video.Path))
        {
            return;
        }

        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        stop.CancelAfter(TimeSpan.FromSeconds(Math.Max(_seconds - Elapsed, ShareOfVariants * _seconds)));
        try
        {
            _tell("Measuring what preparing the videos would give …");
            if (PreparationGain.Measure(video.Path, request.Frames.Slice(segment.First, segment.Count), form.Width, form.Height, folder,
                stop.Token) is { } gain)
            {
                tried.Add(new Improvement("avion data prepare, and train on the chunks",
                    model.Factor(model.Reading * gain.Factor, model.Step),
                    string.Create(CultureInfo.InvariantCulture, $"a clip of '{Path.GetFileName(video.Path)}' took "
                        + $"{1000 * gain.OwnSeconds:0.0} ms, of its first seconds prepared {1000 * gain.PreparedSeconds:0.0} ms")));
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            _gaps.Add($"What preparing the videos would give: no time was left. Give more: --seconds {4 * _seconds:0}");
        }
    }

    private static string Rate(double clips) => string.Create(CultureInfo.InvariantCulture, $"{clips:0.0} clips/s");
}
