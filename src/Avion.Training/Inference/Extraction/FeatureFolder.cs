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
            return FeatureFile.Read(Path.Combine(folder, FeatureForms.SafetensorsName));
        }

        if (state.Files.Contains(FeatureForms.ParquetName))
        {
            throw new RunException($"'{folder}' holds features as Parquet, which are for other programs. Extract them as npy or safetensors.");
        }

        FeatureSet set = new(state.FeatureOutputs());
        set.Details["weights"] = state.Weights;
        FileStream?[] matrices = new FileStream?[state.Outputs.Length];
        try
        {
            float[][] row = [.. state.Outputs.Select(output => new float[output.Size])];
            for (int output = 0; output < matrices.Length; output++)
            {
                matrices[output] = NumpyFile.OpenMatrix(Path.Combine(folder, state.Outputs[output].File), state.Rows, row[output].Length);
            }

            string lines = Path.Combine(folder, FeatureSpool.Rows);
            foreach (FeatureRow clip in ClipLines.Read(lines).Take(state.Rows))
            {
                for (int output = 0; output < row.Length; output++)
                {
                    matrices[output]!.ReadExactly(MemoryMarshal.AsBytes(row[output].AsSpan()));
                }

                set.Add(clip, row);
            }

            return set.Count == state.Rows ? set : throw new FileFaultException(lines, $"it has {set.Count} lines, expected {state.Rows}");
        }
        finally
        {
            Array.ForEach(matrices, matrix => matrix?.Dispose());
        }
    }
}
