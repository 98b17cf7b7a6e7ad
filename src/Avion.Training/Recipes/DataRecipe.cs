namespace Avion.Training;

/// <summary>What is read, and how clips are cut from it (keys <c>data.*</c>).</summary>
public sealed record DataRecipe
{
    public DataSourceRecipe Train { get; init; } = new();

    /// <summary>Several training sets that are mixed, each with what it does not share with <see cref="Train"/>; none where
    /// <see cref="Train"/> is the set itself.</summary>
    public SourceList Sources { get; init; } = SourceList.Empty;

    public DataSourceRecipe Validation { get; init; } = new();

    /// <summary>One of <see cref="FrameSamplingWords"/>.</summary>
    public string FrameSampling { get; init; } = FrameSamplingWords[0];

    public int FrameStride { get; init; } = 4;

    /// <summary>One of <see cref="CropWords"/>.</summary>
    public string Crop { get; init; } = CropWords[0];

    public double CropScaleMinimum { get; init; } = 0.5;

    public double CropScaleMaximum { get; init; } = 1;

    public double CropAspectMinimum { get; init; } = 3.0 / 4;

    public double CropAspectMaximum { get; init; } = 4.0 / 3;

    public double FlipProbability { get; init; }

    public int Repeats { get; init; } = 1;

    public long ClipsPerEpoch { get; init; }

    public double MaximumMissingFraction { get; init; } = 0.01;

    public bool WeighCaptions { get; init; }

    public double MaximumBadFraction { get; init; } = 0.01;

    public int DecodeThreads { get; init; }

    public int PrefetchBatches { get; init; } = 2;

    /// <summary>Ways to choose a training clip's frames, as recipes write them.</summary>
    internal static string[] FrameSamplingWords { get; } = ["segment", "strided", "window"];

    /// <summary>Ways to crop a training clip, as recipes write them.</summary>
    internal static string[] CropWords { get; } = ["random_resized", "multi_scale", "centre", "whole"];

    internal static IEnumerable<RecipeKey> Keys
    {
        get
        {
            RecipeSection<DataRecipe> data = new("data.", r => r.Data, (r, s) => r with { Data = s });
            yield return data.Choice("frame_sampling", "How a training clip's frames are chosen: one at random of each of as many equal "
                + "parts of its segment (segment), every data.frame_stride-th with jitter from a random place on (strided), or evenly from "
                + "a random window of data.frame_stride times as many (window). Evaluation takes the middles of the parts, or every "
                + "data.frame_stride-th of evenly spaced windows.", FrameSamplingWords, s => s.FrameSampling,
                (s, v) => s with { FrameSampling = v });
            yield return data.Integer("frame_stride", "Frames from one frame of a clip to the next, where data.frame_sampling is strided "
                + "or window.", 1, 10_000, s => s.FrameStride, (s, v) => s with { FrameStride = (int)v });
            yield return data.Choice("crop", "Part of the frame that a training clip shows: a box of random area and shape "
                + "(random_resized), one of a few sizes at one of 13 places (multi_scale), the centre square, or the whole frame, "
                + "stretched. Evaluation takes the centre square.", CropWords, s => s.Crop, (s, v) => s with { Crop = v });
            yield return data.Number("crop_scale_minimum", "Smallest area of a training crop, as a share of the frame.",
                NumberRange.Between(0.0001, 1), s => s.CropScaleMinimum, (s, v) => s with { CropScaleMinimum = v });
            yield return data.Number("crop_scale_maximum", "Largest area of a training crop, as a share of the frame.",
                NumberRange.Between(0.0001, 1), s => s.CropScaleMaximum, (s, v) => s with { CropScaleMaximum = v });
            yield return data.Number("crop_aspect_minimum", "Smallest width of a training crop divided by its height.",
                NumberRange.Between(0.01, 100), s => s.CropAspectMinimum, (s, v) => s with { CropAspectMinimum = v });
            yield return data.Number("crop_aspect_maximum", "Largest width of a training crop divided by its height.",
                NumberRange.Between(0.01, 100), s => s.CropAspectMaximum, (s, v) => s with { CropAspectMaximum = v });
            yield return data.Number("flip_probability", "Chance that a training clip is mirrored left to right.",
                NumberRange.Between(0, 1), s => s.FlipProbability, (s, v) => s with { FlipProbability = v });
            yield return data.Integer("repeats", "Draws of each clip in its batch, each with frames, crop and caption of its own, from one "
                + "opened file; train.batch_size counts draws.", 1, 1024, s => s.Repeats, (s, v) => s with { Repeats = (int)v });
            yield return data.Integer("clips_per_epoch", "Clips of one epoch; 0: all that the sources have. What an epoch leaves over "
                + "comes in the next.", 0, int.MaxValue, s => s.ClipsPerEpoch, (s, v) => s with { ClipsPerEpoch = v });
            yield return data.Number("maximum_missing_fraction", "Share of an annotation file's clips that may have no video, "
                + "or begin after its end; they are left out and counted. Above it the run does not start.", NumberRange.Between(0, 1),
                s => s.MaximumMissingFraction, (s, v) => s with { MaximumMissingFraction = v });
            yield return data.Boolean("weigh_captions", "Draw the narrations of LaViLa's narrator by their likelihood instead of "
                + "uniformly.",
                s => s.WeighCaptions, (s, v) => s with { WeighCaptions = v });
            yield return data.Number("maximum_bad_fraction", "Share of unreadable clips above which the run stops.",
                NumberRange.Between(0, 1), s => s.MaximumBadFraction, (s, v) => s with { MaximumBadFraction = v });
            yield return data.Integer("decode_threads", "Threads that read and decode clips; 0: one per processor.", 0, 1024,
                s => s.DecodeThreads, (s, v) => s with { DecodeThreads = (int)v }).WithoutEffectOnResult();
            yield return data.Integer("prefetch_batches", "Batches that are made ahead of the one in use.", 1, 64,
                s => s.PrefetchBatches, (s, v) => s with { PrefetchBatches = (int)v }).WithoutEffectOnResult();
        }
    }

    internal IEnumerable<string> Contradictions(TrainRecipe train)
    {
        int share = train.BatchSize / train.DeviceList.Count;
        if (share % Repeats != 0)
        {
            yield return $"train.batch_size gives a device {share} clips, expected a multiple of data.repeats {Repeats}.";
        }

        foreach (string contradiction in Sources.Contradictions(Train))
        {
            yield return contradiction;
        }

        if (CropAspectMinimum > CropAspectMaximum)
        {
            yield return $"data.crop_aspect_minimum is {RecipeText.Of(CropAspectMinimum)}, expected at most data.crop_aspect_maximum "
                + $"{RecipeText.Of(CropAspectMaximum)}.";
        }

        if (CropScaleMinimum > CropScaleMaximum)
        {
            yield return $"data.crop_scale_minimum is {RecipeText.Of(CropScaleMinimum)}, expected at most data.crop_scale_maximum "
                + $"{RecipeText.Of(CropScaleMaximum)}.";
        }
    }
}
