using System.Text.RegularExpressions;

namespace Avion.Training.Tests;

/// <summary>docs/reference-options.md names keys that exist, and every option of the published programs.</summary>
public sealed partial class ReferenceOptionsTests
{
    /// <summary>The options of the five published programs, as their parsers have them.</summary>
    private const string Options =
        """
        dataset root root-val train-metadata train-metadata-aux val-metadata relevancy-path output-dir context-length vocab-size
        video-chunk-length clip-length clip-stride norm-style fused-decode-crop decode-threads model grad-checkpointing freeze-temperature
        use-fast-conv1 use-flash-attn use-flash-attn-at-encoder use-flash-attn-at-decoder channel-last patch-dropout drop-path-rate
        dropout-rate num-classes nb-classes fc-drop-rate drop-rate attn-drop-rate pretrain-zoo pretrain-path project-embed-dim
        pretrain-model finetune model-key resume local-loss gather-with-grad use-zero epochs warmup-epochs start-epoch batch-size optimizer
        lr lr-start lr-end fix-lr layer-decay wd wd-end betas eps grad-clip-norm update-freq disable-amp eval-freq save-freq val-freq
        use-multi-epochs-loader use-pin-memory mixup cutmix cutmix-minmax mixup-prob mixup-switch-prob mixup-mode smoothing repeated-aug
        reprob mask-ratio decoder-depth normalize-target input-size model-ema model-ema-decay model-ema-force-cpu num-crops num-clips
        pickle-filename evaluate evaluate-batch-size print-freq workers seed verbose world-size rank local_rank dist-url dist-backend gpu
        """;

    private static readonly string s_page = File.ReadAllText(Repository.Path("docs", "reference-options.md"));

    [Fact]
    public void Every_key_it_names_exists()
    {
        HashSet<string> known = [.. TrainingTasks.BuiltIn.SelectMany(task => task.Schema.All).Select(key => key.Path)];
        string[] named = [.. KeyPattern().Matches(s_page).Select(match => match.Groups[1].Value).Distinct()];
        Assert.True(named.Length > 60, $"{named.Length} keys are named.");
        Assert.Empty(named.Except(known));
    }

    [Fact]
    public void Every_option_of_the_published_programs_is_there()
    {
        string[] options = Options.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        Assert.All(options, option => Assert.Contains($"`--{option}`", s_page, StringComparison.Ordinal));
    }

    [GeneratedRegex("`((?:model|data|loss|optimizer|schedule|train|evaluate|checkpoint|output)\\.[a-z0-9_.]+)`")]
    private static partial Regex KeyPattern();
}
