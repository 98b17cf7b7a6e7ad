namespace Avion.Cli;

/// <summary>`avion model NAME`: tensors, parameters, operations and memory of a published model.</summary>
internal static class ModelCommand
{
    /// <summary>The masked autoencoder's name on the command line.</summary>
    public const string VideoMaeName = "VideoMAE-B/16";

    public static Command Create()
    {
        Argument<string> name = new("NAME") { Description = $"{string.Join(", ", DualEncoderPresets.Names)} or {VideoMaeName}." };
        Option<int> frames = new("--frames") { Description = "Frames of a clip.", DefaultValueFactory = _ => 4 };
        Option<int> tokens = new("--caption-tokens")
        {
            Description = "Tokens of a caption in a training step.", DefaultValueFactory = _ => 16,
        };
        Option<bool> tensors = new("--tensors") { Description = "List every tensor." };
        Command command = new("model", "Show a model's tensors, parameters, operations and memory.") { name, frames, tokens, tensors };
        command.SetAction(parsed =>
            Run(parsed.GetValue(name)!, parsed.GetValue(frames), parsed.GetValue(tokens), parsed.GetValue(tensors)));
        return command;
    }

    private static int Run(string name, int frames, int captionTokens, bool listsTensors)
    {
        if (frames < 1 || captionTokens < 2)
        {
            throw new UsageException($"--frames is {frames} and --caption-tokens {captionTokens}; expected at least 1 and 2.");
        }

        // Nothing is computed: the planning device counts what a step would do.
        using PlanningDevice device = new();
        using Model model = CreateModel(name, frames, device);
        using Tape tape = new(device);
        device.ResetCounters();
        Forward(model, tape);
        if (listsTensors)
        {
            ResultTable table = new("tensor", "shape", "parameters");
            foreach (Parameter parameter in model.Parameters.Parameters)
            {
                table.Add(parameter.Name, parameter.Shape.ToString(), Count(parameter.Shape.Count));
            }

            table.Write();
        }

        const double Mebibyte = 1 << 20, Giga = 1e9;
        ResultTable summary = new("what", "value");
        summary.Add("tensors", Count(model.Parameters.Parameters.Count));
        summary.Add("parameters", Count(model.Parameters.ValueCount));
        foreach (IGrouping<string, Parameter> part in model.Parameters.Parameters.GroupBy(parameter => parameter.Name.Split('.')[0]))
        {
            summary.Add($"  {part.Key}", Count(part.Sum(parameter => parameter.Shape.Count)));
        }

        summary.Add("forward pass of one clip, GFLOP", (device.FlopCount / Giga).ToString("N1", CultureInfo.InvariantCulture));
        summary.Add("weights in float32, MiB",
            (model.Parameters.ValueCount * sizeof(float) / Mebibyte).ToString("N0", CultureInfo.InvariantCulture));
        summary.Add("kept for backward of one clip, MiB", (tape.Arena.PeakBytes / Mebibyte).ToString("N0", CultureInfo.InvariantCulture));
        FlopTable.AddTo(summary, FlopsOfAStep(model, captionTokens));
        summary.Write();
        return ExitCode.Ok;
    }

    private static Model CreateModel(string name, int frames, Device device)
    {
        if (name.Equals(VideoMaeName, StringComparison.OrdinalIgnoreCase)
            || name.Equals("VIDEOMAE_VITB16", StringComparison.OrdinalIgnoreCase))
        {
            return VideoMae.Create(VideoMaeConfig.Base, device, seed: 0);
        }

        try
        {
            return DualEncoder.Create(DualEncoderPresets.Get(name, frames), device, seed: 0);
        }
        catch (ArgumentException)
        {
            throw new UsageException($"There is no model named '{name}'. Known: "
                + $"{string.Join(", ", DualEncoderPresets.Names)}, {VideoMaeName}.");
        }
    }

    private static unsafe void Forward(Model model, Tape tape)
    {
        if (model is DualEncoder encoder)
        {
            VisionConfig vision = encoder.Config.Vision;
            int* offsets = stackalloc int[] { 0, encoder.Config.Text.ContextLength };
            encoder.EncodeVideo(tape,
                tape.Allocate(new Shape(1, vision.FrameCount, 3, vision.ImageSize, vision.ImageSize), ElementType.UInt8));
            encoder.EncodeText(tape, tape.Allocate(new Shape(encoder.Config.Text.ContextLength), ElementType.Int32),
                new SequenceOffsets(offsets, 1));
        }
        else if (model is VideoMae autoencoder)
        {
            TubeletConfig tubelets = autoencoder.Config.Tubelets;
            using MaskPlan masks = PublishedMasks(tubelets);
            autoencoder.Loss(tape,
                tape.Allocate(new Shape(1, tubelets.FrameCount, 3, tubelets.ImageSize, tubelets.ImageSize), ElementType.UInt8), masks);
        }
    }

    private static StepFlops FlopsOfAStep(Model model, int captionTokens)
    {
        if (model is VideoMae autoencoder)
        {
            using MaskPlan masks = PublishedMasks(autoencoder.Config.Tubelets);
            return StepFlops.Of(autoencoder, masks);
        }

        return StepFlops.Of((DualEncoder)model, clips: 1, captionTokens);
    }

    /// <summary>Nine tenths of one clip are hidden.</summary>
    private static MaskPlan PublishedMasks(TubeletConfig tubelets)
    {
        const double PublishedMaskRatio = 0.9;
        int cells = (int)Math.Pow(tubelets.ImageSize / tubelets.PatchSize, 2),
            tokens = cells * (tubelets.FrameCount / tubelets.TubeletFrames);
        bool[] hidden = new bool[tokens];
        CounterRandom random = new(0, 0);
        TubeMask.Draw(ref random, cells, PublishedMaskRatio, hidden);
        MaskPlan masks = new(tokens, 1);
        masks.Set(hidden);
        return masks;
    }

    private static string Count(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
