using System;
using System.Collections.Generic;
using System.CommandLine;
using System.IO;
using System.Linq;
using Avion.Cli.Terminal;
using Avion.Compute;
using Avion.Models;

namespace Avion.Cli.Commands;

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
        Argument<string> input = new("IN") { Description = "Weights: safetensors, or PyTorch's .pt, .pth, .bin." };
        Argument<string> output = new("OUT") { Description = "The file to write." };
        Option<string> to = new("--to")
        {
            Description = "avion: Avion's own checkpoint. openai, open_clip, videomae: that program's names, for torch.load. "
                + "safetensors, torch: the file format alone.",
            Required = true,
        };
        to.AcceptOnlyFromAmong("avion", "openai", "open_clip", "videomae", "safetensors", "torch");
        Option<string?> from = new("--from") { Description = "Family of the input; known by its names if left out." };
        from.AcceptOnlyFromAmong([.. s_families.Keys]);
        Option<string?> gelu = new("--gelu") { Description = "What the weights were trained with: erf, quick or tanh; the family's if left out." };
        gelu.AcceptOnlyFromAmong("erf", "quick", "tanh");
        Option<string?> normalization = new("--normalization") { Description = "Pixels' normalization that the weights were trained with." };
        normalization.AcceptOnlyFromAmong([.. PixelNormalization.Known.Select(known => known.Name)]);
        Command command = new("convert", "Convert weights between Avion, CLIP, open_clip, VideoMAE and file formats.")
        {
            input, output, to, from, gelu, normalization,
        };
        command.SetAction(parsed => Run(parsed.GetValue(input)!, parsed.GetValue(output)!, parsed.GetValue(to)!, new ConversionOptions
        {
            From = parsed.GetValue(from) is { } name ? s_families[name] : null,
            Gelu = parsed.GetValue(gelu) switch { "erf" => GeluKind.Erf, "quick" => GeluKind.Quick, "tanh" => GeluKind.Tanh, _ => null },
            Normalization = parsed.GetValue(normalization) is { } set ? PixelNormalization.Get(set) : null,
        }));
        return command;
    }

    private static int Run(string input, string output, string to, ConversionOptions options)
    {
        if (Path.GetFullPath(input) == Path.GetFullPath(output))
        {
            throw new UsageException("IN and OUT are the same file; give another name to write.");
        }

        ConversionReport report = to switch
        {
            "avion" => WeightConversion.ToAvion(input, output, options),
            "safetensors" => WeightConversion.Repack(input, output, toTorch: false),
            "torch" => WeightConversion.Repack(input, output, toTorch: true),
            _ => WeightConversion.ToTorch(input, output, s_families[to], options),
        };
        Console.Out.WriteLine($"{output}: {report.TensorCount} tensors, from {report.Family}");
        if (to == "avion" && report.Architecture is null)
        {
            Console.Error.WriteLine("The weights are not those of a whole dual encoder, so the file does not describe a model: "
                + "load it in part into a model of your own configuration.");
        }
        else if (to == "avion" && report.Architecture!.DualEncoder is { } encoder)
        {
            Console.Out.WriteLine($"ViT {encoder.Vision.Width}x{encoder.Vision.LayerCount}, patch {encoder.Vision.PatchSize}, "
                + $"{encoder.Vision.ImageSize} px, {encoder.Vision.FrameCount} frames; text {encoder.Text.Width}x{encoder.Text.LayerCount}; "
                + $"{encoder.Vision.Gelu} GELU; pixels '{report.Architecture.Normalization.Name}'");
        }

        return ExitCode.Ok;
    }
}
