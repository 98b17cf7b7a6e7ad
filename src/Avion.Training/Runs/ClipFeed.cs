namespace Avion.Training;

/// <summary>Opens the loaders of a run: which clips its ranks train on, in which order, and the passes that evaluate them.</summary>
/// <param name="recipe">Batch sizes, seed and threads.</param>
/// <param name="data">What is read.</param>
/// <param name="form">The clips that the model reads.</param>
public sealed class ClipFeed(Recipe recipe, TrainingData data, ClipForm form)
{
    private BatchPlan? _plan;

    /// <summary>What is read.</summary>
    public TrainingData Data => data;

    /// <summary>The clips that the model reads.</summary>
    public ClipForm Form => form;

    /// <summary>What is done to the pixels of training clips, one after the other.</summary>
    public IReadOnlyList<IClipAugmentation> Augmentations { get; init; } = [];

    /// <summary>The order of the training set's samples, for rank 0; the ranks take samples in turn.</summary>
    /// <exception cref="RunException">There is no training set.</exception>
    public BatchPlan Plan => _plan ??= new BatchPlan(
        (data.Train ?? throw new RunException("There is nothing to train on: the data has no training set.")).Count,
        recipe.Train.DeviceList.ShareOf(recipe),
        recipe.Train.Seed,
        worldSize: recipe.Train.DeviceList.Count,
        repeats: recipe.Data.Repeats);

    /// <summary>Where the loaders' batches lie; null for ordinary memory.</summary>
    public IBatchMemory? Memory { get; init; }

    /// <summary>Tells what of annotations is left out and how many clips have nothing to show, of each annotation file that has such
    /// clips, and what is wrong with the places where videos lie.</summary>
    public void TellAbsent(Action<string> tell)
    {
        const int mostProblems = 5;
        foreach (string warning in data.Warnings)
        {
            tell(warning);
        }

        ClipCensus[] censuses = [.. new[] { data.Train, data.Validation }.SelectMany(set => set?.Censuses ?? [])];
        foreach (string sentence in censuses.SelectMany(census => census.Table.Notes.Append(census.Describe()))
            .Where(sentence => sentence.Length > 0))
        {
            tell(sentence);
        }

        string[] problems = [.. censuses.Select(census => census.Store).Distinct().SelectMany(store => store.Problems)];
        foreach (string problem in problems.Take(mostProblems))
        {
            tell($"Not all can be read: {problem}.");
        }

        if (problems.Length > mostProblems)
        {
            tell($"There are {problems.Length - mostProblems} more such problems. List them with 'avion data verify'.");
        }
    }

    /// <summary>Endless batches for all ranks from a position on; a bad clip is replaced, so that every batch is whole.</summary>
    public ClipLoader OpenTraining(RunPosition start) => new(
        data.Train!, Plan, data.Encoder, data.OpenSource, Options(BadClipPolicy.Replace) with { Augmentations = Augmentations }, start,
        recipe.Train.Epochs, memory: Memory, rankCount: recipe.Train.DeviceList.Count);

    /// <summary>Takes what evaluators find of each clip, for files; null where nobody wants them.</summary>
    public EvaluationOutputs? Outputs { get; init; }

    /// <summary>Names a sample of the validation set as its annotations do: the narration id, else the video and the times.</summary>
    public string NameClip(long sample) => data.NameClip(sample, recipe.Evaluate.ViewsPerClip);

    /// <summary>Whether a pass may have up to twenty bad clips whatever their share, so that they do not end a training; otherwise the
    /// recipe's share of the whole pass decides.</summary>
    public bool AllowsFewBadClips { get; init; } = true;

    /// <summary>One pass over the validation set in its own order; a bad clip is marked, so that it is not scored.</summary>
    public ClipLoader OpenValidation() => OpenPass(data.Validation!);

    /// <summary>One pass over a set in its own order; a bad clip is marked, so that it is not scored.</summary>
    public ClipLoader OpenPass(IClipDataset clips)
    {
        BatchPlan plan = new(clips.Count, recipe.Evaluate.BatchSize, recipe.Train.Seed, shuffle: false, dropLast: false);
        LoaderOptions options = Options(BadClipPolicy.Mark);
        int share = (int)(options.MaximumBadFraction * clips.Count);
        options = AllowsFewBadClips ? options : options with { BadClipAllowance = Math.Min(options.BadClipAllowance, share) };
        return new ClipLoader(clips, plan, data.Encoder, data.OpenSource, options, endEpoch: 1, memory: Memory);
    }

    /// <summary>Memory of the batches that a loader keeps.</summary>
    internal static long BatchBytes(Recipe recipe, ClipForm form, int batchSize)
    {
        LoaderOptions options = Options(recipe, form);
        return (options.BatchesAhead + options.BatchesHeld) * batchSize * form.PixelBytes;
    }

    /// <summary>Refuses clips that are all shorter than what the model reads of them: every frame would be there several times. Up to 16
    /// clips are looked at, evenly spread.</summary>
    /// <exception cref="RunException">No clip has as many frames, or as many as a stride passes over.</exception>
    public void RequireFrames()
    {
        const int most = 16;
        IClipDataset clips = data.Train!;
        int count = Math.Min(most, clips.Count), longest = 0, needed = NeededFrames;
        using IClipSource videos = data.OpenSource();
        for (int look = 0; look < count && longest < needed; look++)
        {
            try
            {
                longest = Math.Max(longest, clips.FramesOf((int)((long)look * clips.Count / count), form.FrameCount, videos));
            }
            catch (Exception error) when (error is DataException or VideoException { Kind: not VideoErrorKind.LibraryMissing }
                or IOException)
            {
                // The loader counts what cannot be read.
            }
        }

        if (longest > 0 && longest < needed)
        {
            throw new RunException(TooShort(count, longest));
        }
    }

    /// <summary>Frames from the first to the last of a clip.</summary>
    private int NeededFrames => recipe.Data.FrameSampling == "segment" ? form.FrameCount
        : checked(((form.FrameCount - 1) * recipe.Data.FrameStride) + 1);

    private string TooShort(int count, int longest)
    {
        const string frames = "model.frames", visionFrames = "model.vision.frames";
        string what = NeededFrames == form.FrameCount ? "" : $" at data.frame_stride={recipe.Data.FrameStride}, which is a stretch of "
            + $"{NeededFrames}";
        string key = RecipeSchema.Of(recipe).Find(frames) is null ? visionFrames : frames;
        string stride = longest < form.FrameCount || NeededFrames == form.FrameCount ? ""
            : $"--set data.frame_stride={(form.FrameCount == 1 ? 1 : (longest - 1) / (form.FrameCount - 1))}, or ";
        return $"The model reads {form.FrameCount} frames a clip{what}, but of {count} clips looked at the longest has {longest}. "
            + $"Give {stride}--set {key}={longest} or fewer, or take longer clips.";
    }

    private LoaderOptions Options(BadClipPolicy badClips) => Options(recipe, form) with
    {
        BadClips = badClips,

        // Evaluation counts the clips whose videos were missing at the start among those that cannot be read.
        MaximumBadFraction = recipe.Data.MaximumBadFraction + (badClips == BadClipPolicy.Mark ? recipe.Data.MaximumMissingFraction : 0),
    };

    private static LoaderOptions Options(Recipe recipe, ClipForm form) => new()
    {
        FrameCount = form.FrameCount,
        Height = form.Height,
        Width = form.Width,
        ContextLength = form.ContextLength,
        DecodeThreads = recipe.Data.DecodeThreads,
        BatchesAhead = recipe.Data.PrefetchBatches,
    };
}
