namespace Avion.Data;

/// <summary>Where each part of a batch lies in its block of memory; parts begin at multiples of 64 bytes.</summary>
internal readonly struct BatchLayout
{
    private const nint AlignmentBytes = 64;

    public BatchLayout(int capacity, int frameCount, int height, int width, int contextLength, int labelCount)
    {
        Capacity = capacity;
        FrameCount = frameCount;
        Height = height;
        Width = width;
        ContextLength = contextLength;
        LabelCount = labelCount;
        ClipBytes = checked(frameCount * 3 * height * width);
        nint end = 0;
        PixelsAt = Take(ref end, ClipBytes, capacity);
        TokensAt = Take(ref end, sizeof(int), (nint)capacity * contextLength);
        OffsetsAt = Take(ref end, sizeof(int), capacity + 1);
        EndRowsAt = Take(ref end, sizeof(int), capacity);
        LabelsAt = Take(ref end, sizeof(int), (nint)capacity * labelCount);
        SampleIdsAt = Take(ref end, sizeof(long), capacity);
        CaptionIdsAt = Take(ref end, sizeof(int), capacity);
        RelevancesAt = Take(ref end, sizeof(float), capacity);
        MissingAt = Take(ref end, sizeof(byte), capacity);
        TotalBytes = (nuint)end;
    }

    public readonly int Capacity, FrameCount, Height, Width, ContextLength, LabelCount, ClipBytes;

    public readonly nint PixelsAt, TokensAt, OffsetsAt, EndRowsAt, LabelsAt, SampleIdsAt, CaptionIdsAt, RelevancesAt, MissingAt;

    public readonly nuint TotalBytes;

    private static nint Take(ref nint end, nint elementBytes, nint count)
    {
        nint start = end;
        end = checked(end + (((elementBytes * count) + AlignmentBytes - 1) / AlignmentBytes * AlignmentBytes));
        return start;
    }
}
