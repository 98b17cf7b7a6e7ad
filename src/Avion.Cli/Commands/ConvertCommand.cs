namespace Avion.Cli;

/// <summary>`avion convert IN OUT --to FORMAT`: weights of other programs become Avion's, and the other way round.</summary>
internal static class ConvertCommand
{
    private static readonly Dictionary<string, WeightFamily> s_families = new()
    {
        ["avion"] = WeightFamily.Avion, ["avion-plain"] = WeightFamily.AvionPlain, ["openai"] = WeightFamily.OpenAi,
        ["open_clip"] = WeightFamily.OpenClip, ["lavila"] = WeightFamily.LaviLa, ["videomae"] = WeightFamily.VideoMae,
    };

    public static Command Create()
    {
        Argument<string> input = new("IN")
        {
            Description = "Weights: safetensors, or PyTorch's .pt, .pth, .bin; or a checkpoint or run folder.",
        };
        Argument<string> output = new("OUT") { Description = "The file to write." };
        Option<string> to = new("--to")
        {
            Description = "avion: Avion's own checkpoint. avion-torch: the reference's, with state_dict and args. "
                + "openai, open_clip, videomae: that program's names, for torch.load. safetensors, torch: the file format alone.",
            Required = true,
        };
        to.AcceptOnlyFromAmong("avion", "avion-torch", "openai", "open_clip", "videomae", "safetensors", "torch");
        Option<string?> from = new("--from") { Description = "Family of the input; known by its names if left out." };
        from.AcceptOnlyFromAmong([.. s_families.Keys]);
        Option<string?> gelu = new("--gelu")
        {
            Description = "What the weights were trained with: erf, quick or tanh; the family's if left out.",
        };
        gelu.AcceptOnlyFromAmong("erf", "quick", "tanh");
        Option<string?> normalization = new("--normalization")
        {
            Description = "Pixels' normalization that the weights were trained with.",
        };
        normalization.AcceptOnlyFromAmong([.. PixelNormalization.Known.Select(known => known.Name)]);
        Option<int?> heads = HeadsOption("--heads", "the vision tower or the encoder");
        Option<int?> textHeads = HeadsOption("--text-heads", "the text tower");
        Option<int?> decoderHeads = HeadsOption("--decoder-heads", "VideoMAE's decoder");
        Option<int?> frames = new("--frames") { Description = "Frames of a clip of VideoMAE, whose weights do not tell; 16 if left out." };
        Option<int?> imageSize = new("--image-size")
        {
            Description = "Height and width of a frame of VideoMAE in pixels; 224 if left out.",
        };
        Option<bool> singleFrame = new("--single-frame")
        {
            Description = "Leave the time embedding out and add its mean to the positions, for programs that read single pictures.",
        };
        Option<bool> force = ForceOption.Create();
        Option<bool> json = JsonOption.Create();
        Command command = new("convert", "Convert weights between Avion, CLIP, open_clip, VideoMAE and file formats.")
        {
            input, output, to, from, gelu, normalization, heads, textHeads, decoderHeads, frames, imageSize, singleFrame, force, json,
        };
        command.SetAction(parsed => Run(parsed.GetValue(input)!, parsed.GetValue(output)!, parsed.GetValue(to)!, new ConversionOptions
        {
            From = parsed.GetValue(from) is { } name ? s_families[name] : null,
            Gelu = parsed.GetValue(gelu) switch { "erf" => GeluKind.Erf, "quick" => GeluKind.Quick, "tanh" => GeluKind.Tanh, _ => null },
            Normalization = parsed.GetValue(normalization) is { } set ? PixelNormalization.Get(set) : null,
            HeadCount = parsed.GetValue(heads),
            TextHeadCount = parsed.GetValue(textHeads),
            DecoderHeadCount = parsed.GetValue(decoderHeads),
            FrameCount = parsed.GetValue(frames),
            ImageSize = parsed.GetValue(imageSize),
            MakesSingleFrame = parsed.GetValue(singleFrame),
        }, parsed.GetValue(force), parsed.GetValue(json)));
        return command;
    }

    private static Option<int?> HeadsOption(string name, string whose)
    {
        Option<int?> heads = new(name)
        {
            Description = $"Attention heads of {whose}; what the file says, else what models of its width have, if left out.",
        };
        heads.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var text }] && int.TryParse(text, out int count) && count < 1)
            {
                result.AddError($"{name} is {count}, expected at least 1.");
            }
        });
        return heads;
    }

    private static int Run(string input, string output, string to, ConversionOptions options, bool isForced, bool asJson)
    {
        CheckPaths(input, output, to, options);
        RequireReplaceable(output, isForced);
        string weights = WeightsOf(input);
        options = options with { Vocabulary = VocabularyFiles.Beside(weights) };
        ConversionReport report = to switch
        {
            "avion" => WeightConversion.ToAvion(weights, output, options),
            "safetensors" => WeightConversion.Repack(weights, output, toTorch: false, options),
            "torch" => WeightConversion.Repack(weights, output, toTorch: true, options),
            "avion-torch" => WeightConversion.ToTorch(weights, output, WeightFamily.Avion, options),
            _ => WeightConversion.ToTorch(weights, output, s_families[to], options),
        };
        Action<ConversionReport, string, string, string> write = asJson ? ConversionOutput.WriteJson : ConversionOutput.WriteText;
        write(report, weights, output, to);
        return ExitCode.Ok;
    }

    private static void CheckPaths(string input, string output, string to, ConversionOptions options)
    {
        if (Path.GetFullPath(input) == Path.GetFullPath(output))
        {
            throw new UsageException("IN and OUT are the same file; give another name to write.");
        }

        _ = NamedPath.Require(input, "weights, a checkpoint or a run");
        if (Directory.Exists(output))
        {
            throw new UsageException($"OUT '{output}' is a folder; give the name of the file to write.");
        }

        NamedPath.RequireRoom(output, "OUT");
        if (options.MakesSingleFrame && (to is "avion" or "safetensors" or "torch" or "videomae"))
        {
            throw new UsageException($"--single-frame goes with --to openai, open_clip or avion-torch, not with --to {to}.");
        }
    }

    /// <summary>A recipe or a video is never written over, and weights when told to.</summary>
    private static void RequireReplaceable(string output, bool isForced)
    {
        ForceOption.RequireNew(output, isForced);
        try
        {
            if (Path.Exists(output))
            {
                TensorArchive.Open(output).Dispose();
            }
        }
        catch (Exception error) when (error is CheckpointException or IOException or InvalidDataException or UnauthorizedAccessException)
        {
            throw new UsageException($"OUT '{output}' exists and is no file of weights, so it is not replaced; give another name.", error);
        }
    }

    private static string WeightsOf(string input)
    {
        try
        {
            return WeightsPath.Find(input);
        }
        catch (RunException error)
        {
            throw new UsageException(error.Message);
        }
    }
}
