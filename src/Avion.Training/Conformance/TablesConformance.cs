using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.Json;
using Avion.Compute;
using Avion.Data;
using Avion.Models;
using Avion.Training.Schedules;
using Avion.Video;

namespace Avion.Training.Conformance;

/// <summary>The table of small things: schedules, optimizers, metrics, frame numbers, resizing of the time embedding, test crops, masks.</summary>
/// <remarks>Settings that the table does not spell out stand in its keys; inputs of the optimizers are sines and cosines.</remarks>
internal sealed class TablesConformance : IConformanceKind
{
    /// <summary>The table has no kind and is known by one of its fields.</summary>
    public const string KnownBy = "frame_ids";

    public string Kind => "misc";

    public void Check(JsonElement fixture, ConformanceContext context, FigureList figures)
    {
        foreach (JsonProperty item in fixture.EnumerateObject())
        {
            CheckOne(item.Name, item.Value, context.Device, figures);
        }
    }

    private static void CheckOne(string name, JsonElement value, Device device, FigureList figures)
    {
        switch (name)
        {
            case "cosine(3e-5,1e-5,5ep,4it,wu1,1e-6)": Schedule(name, new WarmupCosineSchedule(3e-5, 1e-5, 5, 4, 1, 1e-6), value, figures); break;
            case "cosine_const": Schedule(name, new ConstantSchedule(0.05), value, figures); break;
            case "cosine(1,0,4,3)": Schedule(name, new WarmupCosineSchedule(1, 0, 4, 3), value, figures); break;
            case "eval": Metrics(value, figures); break;
            case "frame_ids": Frames(value, figures); break;
            case "temporal 4->16 of [[0,1],[2,3],[4,5],[6,7]]": TimeEmbedding(value, figures); break;
            case "temporal_crop_starts_16x4x5": Views(value, figures); break;
            case "uniform_crop_offsets_224": Crops(value, figures); break;
            case "tube": Tube(value, figures); break;
            case "adamw lr1e-2 b(.9,.999) eps1e-8 wd.01" or "lion lr1e-3 b(.9,.95) wd.05" or "sgd lr1e-2 mom.9 wd4e-5":
                OptimizerSteps.Compare(name, value, device, figures);
                break;

            case "msc_pairs_426x320": MultiScaleBoxes(value, figures); break;
            case "mixup_target([0,2,1],4cls,lam.7,ls.1)": MixedTargets(name, value, figures); break;

            // Statistics of the reference's own mistake, of which there is nothing to reproduce; the count of the list beside it; and a
            // comparison of two of the reference's functions with each other.
            case "cutmix_5d" or "msc_n" or "resume_linear_equal": break;
            default: figures.Fail(name, "not compared: Avion has no such function, or does not show it"); break;
        }
    }

    private static void Schedule(string name, ILearningRateSchedule schedule, JsonElement value, FigureList figures) =>
        figures.Numbers(name, [.. Enumerable.Range(0, value.GetArrayLength()).Select(step => schedule.At(step))], value.Doubles(), FigureList.DoubleTolerance);

    private static void Metrics(JsonElement value, FigureList figures)
    {
        JsonElement relevancy = value.Required("rel");
        int rows = relevancy.GetArrayLength(), columns = relevancy[0].GetArrayLength();
        float[] similarity = [.. Enumerable.Range(0, rows * columns).Select(j => (float)Math.Sin((1.7 * j) + 0.3))];
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
            figures.Same($"frame_ids {item.Name}", request.Frames.ToArray().SequenceEqual(item.Value.Ints()), $"got {string.Join(' ', request.Frames.ToArray())}");
        }
    }

    private static void TimeEmbedding(JsonElement value, FigureList figures)
    {
        float[] rows = [0, 1, 2, 3, 4, 5, 6, 7];
        double[] expected = [.. value.EnumerateArray().SelectMany(row => row.Doubles())];
        figures.Numbers("time embedding, 4 to 16 frames", EmbeddingResize.Time(rows, 4, 2, 16), expected);
    }

    private static void Views(JsonElement value, FigureList figures)
    {
        foreach (JsonProperty item in value.EnumerateObject())
        {
            int count = int.Parse(item.Name, CultureInfo.InvariantCulture);
            int[] expected = [.. item.Value.EnumerateArray().Select(view => view[0].GetInt32())];
            StoredVideo video = new("v", new VideoSource("0.mp4"));
            using LengthsOnly lengths = new(new Dictionary<string, int> { ["0.mp4"] = count }, framesPerSecond: 30);
            ViewSampling sampling = new(stride: 4, expected.Length);
            int[] starts = [.. Enumerable.Range(0, expected.Length).Select(view => FirstFrame(sampling, video, view, lengths))];
            figures.Same($"first frames of views of {count} frames", starts.SequenceEqual(expected), $"got {string.Join(' ', starts)}");
        }
    }

    private static int FirstFrame(ViewSampling sampling, StoredVideo video, int view, LengthsOnly lengths)
    {
        ClipRequest request = new(16, 1, 1, 0);
        CounterRandom random = new(0, 0);
        sampling.Choose(video, ClipSpan.Whole, view, ref random, lengths, request);
        return request.Frames[0];
    }

    private static void Crops(JsonElement value, FigureList figures)
    {
        ThreeCrop crop = new();
        foreach (JsonProperty item in value.EnumerateObject())
        {
            int[] size = [.. item.Name.Trim('(', ')').Split(',').Select(part => int.Parse(part, CultureInfo.InvariantCulture))];
            int[] offsets = [.. Enumerable.Range(0, 3).SelectMany(view => Offsets(crop, size[1], size[0], view))];
            figures.Same($"test crops of {item.Name}", offsets.SequenceEqual(item.Value.EnumerateArray().SelectMany(place => place.Ints())),
                $"got {string.Join(' ', offsets)}");
        }
    }

    private static int[] Offsets(ThreeCrop crop, int width, int height, int view)
    {
        CounterRandom random = new(0, 0);
        CropBox box = crop.Choose(width, height, 224, 224, view, ref random).Crop;
        return [(int)box.Y, (int)box.X];
    }

    private static void MultiScaleBoxes(JsonElement value, FigureList figures)
    {
        const int Draws = 2000;
        MultiScaleCrop crop = new();
        CounterRandom random = new(0, 0);
        HashSet<(int, int)> drawn = [], expected = [.. value.EnumerateArray().Select(pair => (pair[0].GetInt32(), pair[1].GetInt32()))];
        for (int draw = 0; draw < Draws; draw++)
        {
            CropBox box = crop.Choose(426, 320, 224, 224, 0, ref random).Crop;
            drawn.Add(((int)box.Width, (int)box.Height));
        }

        figures.Same("sizes of multi-scale crops of 426 x 320", drawn.SetEquals(expected), $"got {string.Join(' ', drawn)}");
    }

    private static void MixedTargets(string name, JsonElement value, FigureList figures)
    {
        float[] targets = new float[3 * 4];
        Objectives.MixedTargets.Fill([0, 2, 1], classCount: 4, share: 0.7f, smoothing: 0.1f, targets);
        figures.Numbers(name, targets, [.. value.EnumerateArray().SelectMany(row => row.Doubles())]);
    }

    private static void Tube(JsonElement value, FigureList figures)
    {
        const int Cells = 196, Slots = 8;
        bool[] hidden = new bool[Slots * Cells];
        CounterRandom random = new(0, 0);
        TubeMask.Draw(ref random, Cells, 0.9, hidden);
        figures.Number("tube mask, hidden cells of a slot", hidden.Take(Cells).Count(isHidden => isHidden), value.Int("per_frame_masked"), 0);
        figures.Number("tube mask, hidden tokens", hidden.Count(isHidden => isHidden), value.Int("total"), 0);
        bool isSame = Enumerable.Range(0, hidden.Length).All(token => hidden[token] == hidden[token % Cells]);
        figures.Same("tube mask, alike over time", isSame == value.Required("same_over_time").GetBoolean());
    }
}
