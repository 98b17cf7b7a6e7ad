using System.Runtime.InteropServices;

namespace Avion.Training;

/// <summary>Reads back what an <see cref="Extraction"/> has written.</summary>
internal static class FeatureFolder
{
    /// <summary>All rows in memory.</summary>
    /// <exception cref="FileFaultException">A file is damaged.</exception>
    /// <exception cref="RunException">There are no complete features, or they are Parquet.</exception>
    public static FeatureSet Read(string folder)
    {
        ExtractionState state = ExtractionState.TryRead(folder) ?? throw new RunException($"'{folder}' holds no features, expected "
            + $"{ExtractionState.FileName} in it. Make them with 'avion extract'.");
        if (!state.Complete)
        {
            throw new RunException($"'{folder}' holds the features of {state.ClipsDone} of {state.Clips} clips. Run 'avion extract' again to complete them.");
        }

        if (state.Files.Contains(FeatureForms.SafetensorsName))
        {
            return Tell(FeatureFile.Read(Path.Combine(folder, FeatureForms.SafetensorsName)), folder, state);
        }

        if (state.Files.Contains(FeatureForms.ParquetName))
        {
            throw new RunException($"'{folder}' holds features as Parquet, which are for other programs. Extract them as npy or safetensors.");
        }

        using ExtractedFeatures features = new(state, name => Path.Combine(folder, name));
        FeatureSet set = Tell(new FeatureSet(features.Outputs), folder, state);
        float[][] values = [.. features.Outputs.Select(output => new float[output.Size])];
        foreach (FeatureRow row in features.Rows)
        {
            for (int output = 0; output < values.Length; output++)
            {
                features.Read(output, MemoryMarshal.AsBytes(values[output].AsSpan()));
            }

            set.Add(row, values);
        }

        return set;
    }

    /// <summary>Tells of what a set is made, and what it lacks.</summary>
    private static FeatureSet Tell(FeatureSet set, string folder, ExtractionState state)
    {
        string failures = Path.Combine(folder, ClipLines.FailuresFileName);
        if (state.Files.Contains(ClipLines.FailuresFileName) && RegularFile.Exists(failures))
        {
            int lines = RegularFile.ReadLines(failures, long.MaxValue).Count();
            set.Missing = new MissingFeatures(Math.Max(lines - state.UnreadableClips, 0), state.UnreadableClips, failures);
        }

        set.Details["weights"] = state.Weights;
        if (state.MadeOf.TryGetValue("weights", out string? digest))
        {
            set.Details[FeatureSet.WeightsDigestKey] = digest;
        }

        return set;
    }
}
