using System.Text.RegularExpressions;

namespace Avion.ConformanceTool;

/// <summary>The table of small things: schedules, optimizers, metrics, frame numbers, resized embeddings, crops, masks, mixing.</summary>
/// <remarks>Settings stand in the table's keys, from which they are taken; inputs of the optimizers are sines and cosines.</remarks>
internal sealed partial class TablesConformance : IConformanceKind
{
    /// <summary>The table has no kind and is known by one of its fields.</summary>
    public const string KnownBy = "frame_ids";

    public string Kind => "misc";

    public void Check(JsonElement fixture, ConformanceContext context, FigureList figures)
    {
        foreach (JsonProperty item in fixture.EnumerateObject())
        {
            CheckOne(item.Name, Numbers(item.Name), item.Value, context.Device, figures);
        }
    }

    private static void CheckOne(string name, double[] settings, JsonElement value, Device device, FigureList figures)
    {
        switch (NamePattern().Match(name).Value)
        {
            case "cosine_const":
                Schedule(name, new WarmupCosineSchedule(value[0].GetDouble(), value[0].GetDouble(), 1, value.GetArrayLength()),
                    value, figures);
                break;
            case "cosine": Schedule(name, Cosine(settings), value, figures); break;
            case "eval": Metrics(value, figures); break;
            case "frame_ids": Frames(value, figures); break;
            case "temporal": TimeEmbedding(settings, value, figures); break;
            case "temporal_crop_starts_": Views(settings, value, figures); break;
            case "uniform_crop_offsets_": Crops((int)settings[0], value, figures); break;
            case "tube": Tube(value, figures); break;
            case "adamw" or "lion" or "sgd": OptimizerSteps.Compare(name, settings, value, device, figures); break;
            case "msc_pairs_": MultiScaleBoxes((int)settings[0], (int)settings[1], value, figures); break;
            case "msc_n": figures.Number("multi-scale crops, number of sizes", MultiScaleSizeCount, value.GetInt32(), 0); break;
            case "mixup_target": MixedTargets(name, settings, value, figures); break;
            case "cutmix_": CutMix(value, figures); break;
            case "resume_linear_equal":
                figures.Skip(name, "compares two functions of the reference with each other; Avion has one for both");
                break;
            default: figures.Fail(name, "not compared: Avion has no such function, or does not show it"); break;
        }
    }

    private static void Schedule(string name, ILearningRateSchedule schedule, JsonElement value, FigureList figures)
    {
        double[] rates = [.. Enumerable.Range(0, value.GetArrayLength()).Select(step => schedule.At(step))];
        figures.Numbers(name, rates, value.Doubles(), FigureList.DoubleTolerance);
    }

    private static double[] Numbers(string text) =>
        [.. NumberPattern().Matches(text).Select(match => double.Parse(match.Value, CultureInfo.InvariantCulture))];

    // Base, final, epochs, steps of an epoch and, where there is a warm-up, its epochs and where it starts.
    private static WarmupCosineSchedule Cosine(double[] settings) => new(settings[0], settings[1], (int)settings[2], (long)settings[3],
        settings.Length > 5 ? settings[4] : 0, settings.Length > 5 ? settings[5] : 0);

    private static void Metrics(JsonElement value, FigureList figures)
    {
        // Such as "sin(1.7*j+0.3) row-major 7x5".
        double[] formula = Numbers(value.Required("sim").GetString()!);
        JsonElement relevancy = value.Required("rel");
        int rows = relevancy.GetArrayLength(), columns = relevancy[0].GetArrayLength();
        float[] similarity = [.. Enumerable.Range(0, rows * columns).Select(j => (float)Math.Sin((formula[0] * j) + formula[1]))];
        RetrievalMetricsConformance.Compare(similarity, [.. relevancy.EnumerateArray().SelectMany(row => row.Floats())], rows, columns,
            value.Doubles("mAP"), value.Doubles("nDCG"), figures);
    }

    private static void Frames(JsonElement value, FigureList figures)
    {
        foreach (JsonProperty item in value.EnumerateObject())
        {
            int[] numbers = [.. item.Name.Split(',').Select(part => int.Parse(part, CultureInfo.InvariantCulture))];

            // At one frame a second, seconds are frame numbers, and a chunk of any length holds them all.
            const int ChunkSeconds = 1000;
            StoredVideo video = new("v", ChunkSeconds, [0], [new VideoSource("0.mp4")]);
            ClipRequest request = new(numbers[2], 1, 1, 0);
            CounterRandom random = new(0, 0);
            using LengthsOnly lengths = new(new Dictionary<string, int> { ["0.mp4"] = ChunkSeconds }, framesPerSecond: 1);
            new SegmentSampling(jitter: false).Choose(video, new ClipSpan(numbers[0], numbers[1]), 0, ref random, lengths, request);
            int[] frames = request.Frames.ToArray();
            figures.Same($"frame_ids {item.Name}", frames.SequenceEqual(item.Value.Ints()), $"got {string.Join(' ', frames)}");
        }
    }

    // Old and new number of frames, then the old table.
    private static void TimeEmbedding(double[] settings, JsonElement value, FigureList figures)
    {
        int frames = (int)settings[0], newFrames = (int)settings[1];
        float[] table = [.. settings.Skip(2).Select(number => (float)number)];
        double[] expected = [.. value.EnumerateArray().SelectMany(row => row.Doubles())];
        figures.Numbers($"time embedding, {frames} to {newFrames} frames",
            EmbeddingResize.Time(table, frames, table.Length / frames, newFrames), expected);
    }

    // Frames of a clip, their distance, and views; each view is its first frame, its last, and how many it has.
    private static void Views(double[] settings, JsonElement value, FigureList figures)
    {
        foreach (JsonProperty item in value.EnumerateObject())
        {
            int count = int.Parse(item.Name, CultureInfo.InvariantCulture), viewCount = (int)settings[2];
            StoredVideo video = new("v", new VideoSource("0.mp4"));
            using LengthsOnly lengths = new(new Dictionary<string, int> { ["0.mp4"] = count }, framesPerSecond: 30);
            ViewSampling sampling = new(stride: (int)settings[1], viewCount);
            int[] actual =
                [.. Enumerable.Range(0, viewCount).SelectMany(view => ViewFrames(sampling, (int)settings[0], video, view, lengths))];
            figures.Same($"views of {count} frames", actual.SequenceEqual(item.Value.EnumerateArray().SelectMany(view => view.Ints())),
                $"got {string.Join(' ', actual)}");
        }
    }

    private static int[] ViewFrames(ViewSampling sampling, int frameCount, StoredVideo video, int view, LengthsOnly lengths)
    {
        ClipRequest request = new(frameCount, 1, 1, 0);
        CounterRandom random = new(0, 0);
        sampling.Choose(video, ClipSpan.Whole, view, ref random, lengths, request);
        return [request.Frames[0], request.Frames[^1], request.Frames.Length];
    }

    private static void Crops(int side, JsonElement value, FigureList figures)
    {
        SpacedCrop crop = new(3);
        foreach (JsonProperty item in value.EnumerateObject())
        {
            int[] size = [.. item.Name.Trim('(', ')').Split(',').Select(part => int.Parse(part, CultureInfo.InvariantCulture))];
            int[] offsets = [.. Enumerable.Range(0, 3).SelectMany(view => Offsets(crop, size[1], size[0], side, view))];
            figures.Same($"test crops of {item.Name}", offsets.SequenceEqual(item.Value.EnumerateArray().SelectMany(place => place.Ints())),
                $"got {string.Join(' ', offsets)}");
        }
    }

    private static int[] Offsets(SpacedCrop crop, int width, int height, int side, int view)
    {
        CounterRandom random = new(0, 0);
        CropBox box = crop.Choose(width, height, side, side, view, ref random).Crop;
        return [(int)box.Y, (int)box.X];
    }

    /// <summary>Sizes in a multi-scale crop's list: four scales, each with itself and its neighbours.</summary>
    private static int MultiScaleSizeCount => DrawnSizes(426, 320).Count;

    private static void MultiScaleBoxes(int width, int height, JsonElement value, FigureList figures)
    {
        HashSet<(int, int)> drawn = DrawnSizes(width, height);
        HashSet<(int, int)> expected = [.. value.EnumerateArray().Select(pair => (pair[0].GetInt32(), pair[1].GetInt32()))];
        figures.Same($"sizes of multi-scale crops of {width} x {height}", drawn.SetEquals(expected), $"got {string.Join(' ', drawn)}");
    }

    private static HashSet<(int Width, int Height)> DrawnSizes(int width, int height)
    {
        const int Draws = 2000;
        MultiScaleCrop crop = new();
        CounterRandom random = new(0, 0);
        HashSet<(int, int)> drawn = [];
        for (int draw = 0; draw < Draws; draw++)
        {
            CropBox box = crop.Choose(width, height, 224, 224, 0, ref random).Crop;
            drawn.Add(((int)box.Width, (int)box.Height));
        }

        return drawn;
    }

    // Labels, classes, share, smoothing.
    private static void MixedTargets(string name, double[] settings, JsonElement value, FigureList figures)
    {
        int[] labels = [.. settings.SkipLast(3).Select(label => (int)label)];
        int classCount = (int)settings[^3];
        float[] targets = new float[labels.Length * classCount];
        Avion.Training.MixedTargets.Fill(labels, classCount, (float)settings[^2], (float)settings[^1], targets);
        figures.Numbers(name, targets, [.. value.EnumerateArray().SelectMany(row => row.Doubles())]);
    }

    /// <summary>The mean share that a uniform wanted share leaves to the other sample, over as many boxes as the reference drew.</summary>
    private static void CutMix(JsonElement value, FigureList figures)
    {
        const int Side = 224;
        const double StandardErrors = 4.5;
        int draws = value.Int("n");
        CounterRandom random = CounterRandom.For(0, "cutmix");
        double sum = 0, squares = 0;
        for (int draw = 0; draw < draws; draw++)
        {
            double mixed = 1 - CutMixBox.Draw(ref random, random.NextDouble(), Side, Side).ShareOf(Side, Side);
            sum += mixed;
            squares += mixed * mixed;
        }

        double mean = sum / draws, variance = (squares / draws) - (mean * mean);
        figures.Difference("CutMix, mean share of the other sample's label", Math.Abs(mean - value.Double("mean_label_mix")),
            StandardErrors * Math.Sqrt(2 * variance / draws));
        figures.Skip("cutmix_5d, what becomes of the pixels",
            "statistics of the reference's mistake of mixing in time and rows; Avion mixes in rows and columns");
    }

    private static void Tube(JsonElement value, FigureList figures)
    {
        const double Ratio = 0.9;
        int expected = value.Int("per_frame_masked"), slots = value.Int("total") / Math.Max(1, expected);
        int grid = Enumerable.Range(1, 64).FirstOrDefault(side => (int)(Ratio * side * side) == expected, 14), cells = grid * grid;
        bool[] hidden = new bool[slots * cells];
        CounterRandom random = new(0, 0);
        TubeMask.Draw(ref random, cells, Ratio, hidden);
        figures.Number("tube mask, hidden cells of a slot", hidden.Take(cells).Count(isHidden => isHidden), expected, 0);
        figures.Number("tube mask, hidden tokens", hidden.Count(isHidden => isHidden), value.Int("total"), 0);
        bool isSame = Enumerable.Range(0, hidden.Length).All(token => hidden[token] == hidden[token % cells]);
        figures.Same("tube mask, alike over time", isSame == value.Required("same_over_time").GetBoolean());
    }

    [GeneratedRegex(@"-?(\d+\.?\d*|\.\d+)(e-?\d+)?", RegexOptions.CultureInvariant)]
    private static partial Regex NumberPattern();

    // What stands before the settings.
    [GeneratedRegex(@"^[a-z_]+", RegexOptions.CultureInvariant)]
    private static partial Regex NamePattern();
}
