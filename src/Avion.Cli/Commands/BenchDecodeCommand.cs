using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using Avion.Cli.Terminal;
using Avion.Video;
using Avion.Video.Measuring;

namespace Avion.Cli.Commands;

/// <summary>`avion bench decode`: clips a core reads in a second, beside the ffmpeg program decoding the same files.</summary>
internal static class BenchDecodeCommand
{
    private static readonly string[] s_extensions = [".mp4", ".mov", ".m4v", ".mkv", ".webm", ".avi", ".mpg"];

    public static Command Create()
    {
        Option<string> root = new("--root") { Description = "Folder of videos, or one video.", Required = true };
        Option<int> files = new("--files") { Description = "At most this many files are read.", DefaultValueFactory = _ => 16 };
        Option<int> clips = new("--clips") { Description = "Clips of a round.", DefaultValueFactory = _ => 64 };
        Option<int> frames = new("--frames") { Description = "Frames of a clip.", DefaultValueFactory = _ => 4 };
        Option<int> workers = new("--workers") { Description = "Threads that read at the same time.", DefaultValueFactory = _ => 1 };
        Option<double> feed = new("--feed") { Description = "Clips a second that a device trains, for the verdict.", DefaultValueFactory = _ => 43 };
        Option<bool> json = JsonOption.Create();
        Command command = new("decode", "Time clip reading beside the ffmpeg program.") { root, files, clips, frames, workers, feed, json };
        command.SetAction((parsed, cancellation) => Task.Run(() => Run(
            new DecodeBenchmarkOptions
            {
                Files = Videos(parsed.GetValue(root)!, parsed.GetValue(files)),
                ClipCount = Positive("--clips", parsed.GetValue(clips)),
                FramesPerClip = Positive("--frames", parsed.GetValue(frames)),
                Workers = Positive("--workers", parsed.GetValue(workers)),
            },
            parsed.GetValue(feed), parsed.GetValue(json), cancellation)));
        return command;
    }

    private static int Run(DecodeBenchmarkOptions options, double feed, bool asJson, CancellationToken cancellation)
    {
        DecodeBenchmarkResult clips = DecodeBenchmark.Run(options, cancellationToken: cancellation);
        SequentialBenchmarkResult sequential = SequentialBenchmark.Run(options.Files, cancellation);
        int cores = clips.CoresFor(feed);
        if (asJson)
        {
            WriteJson(clips, sequential, feed, cores);
            return ExitCode.Ok;
        }

        ResultTable table = new("figure", "value");
        table.Add("clips/s of one core", Text(clips.ClipsPerCoreSecond, "0.0"));
        table.Add("processor time of a clip", $"{Text(clips.MillisecondsPerClip, "0.00")} ms");
        table.Add($"clips/s by the clock, {options.Workers} workers", Text(clips.WallClipsPerSecond, "0.0"));
        table.Add("frames decoded for a clip", Text(clips.FramesDecodedPerClip, "0.0"));
        table.Add("bytes read for a clip", Text(clips.BytesReadPerClip, "N0"));
        table.Add("managed memory of a clip", $"{Text(clips.ManagedBytesPerClip, "0")} B");
        table.Add("shares: decode, resize, read",
            $"{Text(100 * clips.DecodeShare, "0")} %, {Text(100 * clips.ConvertShare, "0")} %, {Text(100 * clips.ReadShare, "0")} %");
        table.Add("every frame, decoded and resized", $"{Text(sequential.FramesPerCoreSecond, "0")} frames/s of one core");
        table.Add("ffmpeg -f null on the same files", $"{Text(sequential.ProgramFramesPerCoreSecond, "0")} frames/s of one core");
        table.Add("ours / ffmpeg", Text(sequential.Ratio, "0.00"));
        table.Write();
        Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"A device that trains {feed:0.#} clips/s is fed by {cores} core{(cores == 1 ? "" : "s")} like this one's."));
        return ExitCode.Ok;
    }

    private static void WriteJson(DecodeBenchmarkResult clips, SequentialBenchmarkResult sequential, double feed, int cores)
    {
        using Stream output = Console.OpenStandardOutput();
        using Utf8JsonWriter json = new(output, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteNumber("clips_per_core_second", clips.ClipsPerCoreSecond);
        json.WriteNumber("milliseconds_per_clip", clips.MillisecondsPerClip);
        json.WriteNumber("clips_per_second", clips.WallClipsPerSecond);
        json.WriteNumber("frames_decoded_per_clip", clips.FramesDecodedPerClip);
        json.WriteNumber("bytes_read_per_clip", clips.BytesReadPerClip);
        json.WriteNumber("managed_bytes_per_clip", clips.ManagedBytesPerClip);
        json.WriteNumber("decode_share", clips.DecodeShare);
        json.WriteNumber("resize_share", clips.ConvertShare);
        json.WriteNumber("read_share", clips.ReadShare);
        json.WriteNumber("frames_per_core_second", sequential.FramesPerCoreSecond);
        json.WriteNumber("ffmpeg_frames_per_core_second", sequential.ProgramFramesPerCoreSecond);
        json.WriteNumber("ours_over_ffmpeg", sequential.Ratio);
        json.WriteNumber("feed_clips_per_second", feed);
        json.WriteNumber("cores_needed", cores);
        json.WriteEndObject();
    }

    private static IReadOnlyList<string> Videos(string root, int limit)
    {
        if (File.Exists(root))
        {
            return [root];
        }

        if (!Directory.Exists(root))
        {
            throw new UsageException($"--root '{root}' is neither a folder nor a file.");
        }

        string[] found = [.. Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories)
            .Where(path => s_extensions.Contains(Path.GetExtension(path).ToLowerInvariant())).Order(StringComparer.Ordinal).Take(Positive("--files", limit))];
        return found.Length > 0 ? found : throw new UsageException($"--root '{root}' holds no video ({string.Join(", ", s_extensions)}).");
    }

    private static int Positive(string option, int value) => value > 0 ? value : throw new UsageException($"{option} is {value}; expected at least 1.");

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
