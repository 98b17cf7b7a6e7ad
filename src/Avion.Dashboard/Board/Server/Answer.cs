using System.Security.Cryptography;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;

namespace Avion.Dashboard;

/// <summary>Writes answers. Each carries a tag of its content, and is empty where the asker has that content already.</summary>
internal static class Answer
{
    private const string Json = "application/json; charset=utf-8";

    public static Task Object<T>(HttpContext context, T value, JsonTypeInfo<T> type) =>
        Bytes(context, JsonSerializer.SerializeToUtf8Bytes(value, type), Json);

    /// <summary>A failure in words.</summary>
    public static Task Problem(HttpContext context, int status, string sentence)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = Json;
        return context.Response.Body.WriteAsync(
            JsonSerializer.SerializeToUtf8Bytes(new Problem(sentence), BoardJson.Default.Problem), context.RequestAborted).AsTask();
    }

    public static Task NotFound(HttpContext context, string what) => Problem(context, StatusCodes.Status404NotFound, what);

    public static async Task Bytes(HttpContext context, byte[] content, string type)
    {
        string tag = $"\"{Convert.ToHexStringLower(SHA256.HashData(content).AsSpan(0, 12))}\"";
        context.Response.Headers.ETag = tag;
        if (context.Request.Headers.IfNoneMatch.Contains(tag))
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        context.Response.ContentType = type;
        context.Response.ContentLength = content.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await context.Response.Body.WriteAsync(content, context.RequestAborted);
        }
    }
}

/// <summary>Why a request has no other answer.</summary>
internal sealed record Problem(string Message);
