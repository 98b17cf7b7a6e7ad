using System.Diagnostics;

namespace Avion.Data;

/// <summary>What is measured of reading annotations.</summary>
/// <param name="Clips">Clips of each made-up file.</param>
/// <param name="Folder">Where the files are made; they are removed at the end.</param>
/// <param name="Form">Only forms whose name holds this are measured.</param>
public sealed record AnnotationBenchmarkOptions(int Clips, string Folder, string Form = "");

/// <summary>How one form of annotations was read.</summary>
/// <param name="Form">What the file is.</param>
/// <param name="FileBytes">Its size.</param>
/// <param name="Clips">Its clips.</param>
/// <param name="Captions">Their captions.</param>
/// <param name="PlainSeconds">Reading the file's bytes alone, the ceiling.</param>
/// <param name="ReadSeconds">Reading it the first time.</param>
/// <param name="ReadProcessorSeconds">Time of processors that this took: what it takes on a machine without other work.</param>
/// <param name="CacheSeconds">Reading it from the cache.</param>
/// <param name="MemoryBytes">Memory that the clips take, counted from their columns.</param>
/// <param name="HeldBytes">Memory that the process held more, measured.</param>
public sealed record AnnotationFigure(
    string Form, long FileBytes, int Clips, int Captions, double PlainSeconds, double ReadSeconds,
    double ReadProcessorSeconds, double CacheSeconds, long MemoryBytes, long HeldBytes);

/// <summary>Reads made-up annotations of the size of Ego4D's, each form the first time and from the cache.</summary>
public static class AnnotationBenchmark
{
    private static readonly (string Form, string Ending, int Captions)[] s_forms =
    [
        ("pickle, a narration", ".pkl", 1),
        ("pickle, 3 narrations", ".pkl", 3),
        ("pickle, 10 narrations with likelihoods", ".pkl", 10),
        ("CSV, a caption", ".csv", 1),
        ("JSON lines, 3 captions", ".jsonl", 3),
    ];

    /// <summary>Makes, reads and removes one file after the other.</summary>
    public static IEnumerable<AnnotationFigure> Run(AnnotationBenchmarkOptions options, CancellationToken cancellation)
    {
        foreach ((string form, string ending, int captions) in s_forms
            .Where(each => each.Form.Contains(options.Form, StringComparison.OrdinalIgnoreCase)))
        {
            cancellation.ThrowIfCancellationRequested();
            string path = Path.Combine(options.Folder, $"annotations{ending}"), cache = Path.Combine(options.Folder, "cache");
            try
            {
                Write(path, ending, options.Clips, captions);
                yield return Measure(form, path, cache);
            }
            finally
            {
                File.Delete(path);
                DurableFiles.DeleteFolder(cache);
            }
        }
    }

    private static void Write(string path, string ending, int clips, int captions)
    {
        const int Seed = 1;
        switch (ending)
        {
            case ".pkl":
                PickledNarrations.Write(path, clips, captions, withLikelihoods: captions == 10, Seed);
                break;
            case ".csv":
                MadeUpTables.WriteCsv(path, clips, Seed);
                break;
            default:
                MadeUpTables.WriteJsonLines(path, clips, captions, Seed);
                break;
        }
    }

    private static AnnotationFigure Measure(string form, string path, string cacheFolder)
    {
        double plain = ReadPlain(path);
        long before = GC.GetTotalMemory(forceFullCollection: true);

        // Parsing and the writing of the cache are timed apart: a run waits for both, once.
        TimeSpan processor = Environment.CpuUsage.TotalTime;
        Stopwatch watch = Stopwatch.StartNew();
        ClipTable table = ClipAnnotations.Read(path, new AnnotationOptions { CacheFolder = "" });
        double read = watch.Elapsed.TotalSeconds, readProcessor = (Environment.CpuUsage.TotalTime - processor).TotalSeconds;
        (int clips, int captions, long memory) = (table.Count, table.Captions.Count, table.MemoryBytes);
        long held = GC.GetTotalMemory(forceFullCollection: true) - before;
        GC.KeepAlive(table);
        table = null!;
        AnnotationCache cache = new(cacheFolder, minimumBytes: 0);
        cache.Read(path, "benchmark", () => ClipAnnotations.Read(path, new AnnotationOptions { CacheFolder = "" }));
        GC.Collect();
        watch.Restart();
        ClipTable cached = cache.Read(path, "benchmark", () => throw new InvalidOperationException($"The cache of '{path}' was not used."));
        double fromCache = watch.Elapsed.TotalSeconds;
        return (cached.Count, cached.Captions.Count) == (clips, captions)
            ? new AnnotationFigure(form, new FileInfo(path).Length, clips, captions, plain, read, readProcessor, fromCache, memory, held)
            : throw new InvalidOperationException($"The cache gives {cached.Count} clips with {cached.Captions.Count} captions, "
                + $"the file {clips} with {captions}.");
    }

    private static double ReadPlain(string path)
    {
        byte[] buffer = new byte[1 << 20];
        using FileStream file = RegularFile.OpenStream(path, bufferBytes: 0);
        Stopwatch watch = Stopwatch.StartNew();
        while (file.Read(buffer) > 0)
        {
            // The bytes alone are the ceiling of any reader.
        }

        return watch.Elapsed.TotalSeconds;
    }
}
